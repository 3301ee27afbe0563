namespace ConvNeXt.Backbone.Imaging;

/// <summary>
/// An image could not be read: the file is missing, empty, truncated, too large, or in a format that no decoder supports. The message says why.
/// </summary>
public class UnreadableImageException : Exception
{
    /// <summary>Creates an exception with a message.</summary>
    public UnreadableImageException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with a message and its cause.</summary>
    public UnreadableImageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
