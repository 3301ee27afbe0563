using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>Tells failures of one image, which cost its row the result, from failures of the machine or the installation, which end the scoring.</summary>
internal static class ImageFailure
{
    /// <summary>
    /// Whether an exception concerns only the image. Missing memory, cancellation, and libraries that are missing or do not fit would hit every image, also
    /// where another exception wraps them.
    /// </summary>
    public static bool IsOfTheImage(Exception exception)
    {
        // DllNotFoundException and EntryPointNotFoundException are TypeLoadExceptions, MissingMethodException is a MissingMemberException.
        if (exception is OutOfMemoryException or OperationCanceledException or TypeLoadException or TypeInitializationException or MissingMemberException
            or BadImageFormatException or FileLoadException) return false;
        if (exception is FileNotFoundException { FileName: { } name } && name.Contains(", Version=", StringComparison.Ordinal)) return false; // an assembly
        return exception.InnerException is null || IsOfTheImage(exception.InnerException);
    }

    /// <summary>The reason as a sentence that names the image's file, if it has one.</summary>
    public static string Describe(Exception exception, string? path)
    {
        if (exception is UnreadableImageException) return exception.Message;
        string image = path is null ? "The image" : $"Image '{path}'";
        return $"{image} cannot be read: {exception.GetType().Name}: {exception.Message}";
    }
}
