namespace ConvNeXt.Backbone.Imaging;

/// <summary>An image could not be read: the file is missing, empty, truncated, too large, or of a form that no decoder knows. The message says why.</summary>
public class UnreadableImageException : Exception
{
    /// <summary>An exception with that message.</summary>
    public UnreadableImageException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with that message and what caused it.</summary>
    public UnreadableImageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
