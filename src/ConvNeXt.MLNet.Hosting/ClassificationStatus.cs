namespace ConvNeXt.MLNet.Hosting;

/// <summary>Whether an image was classified, and if not, why.</summary>
public enum ClassificationStatus
{
    /// <summary>The image was classified.</summary>
    Classified,

    /// <summary>The image cannot be read: it is missing, empty, damaged, or in no known format. Another attempt gives the same.</summary>
    UnreadableImage,

    /// <summary>The image has more bytes or pixels than the service accepts. It was not decoded.</summary>
    ImageTooLarge,

    /// <summary>
    /// As many requests are waiting as <see cref="ConvNeXtClassifierOptions.QueueCapacity"/> allows, or as are answered within
    /// <see cref="ConvNeXtClassifierOptions.MaxExpectedWait"/>. Try again later.
    /// </summary>
    QueueFull,

    /// <summary>The request took longer than its timeout.</summary>
    TimedOut,

    /// <summary>The service has not been started or is shutting down.</summary>
    Unavailable,

    /// <summary>The service has a problem that is not the image's, such as missing memory. It is logged as an error.</summary>
    Failed,
}
