namespace ConvNeXt.Backbone.Engines;

/// <summary>An engine or its device cannot be used here. The message states the reason and what would help.</summary>
public sealed class EngineUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">The reason, and what would help.</param>
    /// <param name="innerException">The exception that caused it, or null.</param>
    public EngineUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>A batch does not fit in the memory of the device.</summary>
public sealed class DeviceMemoryException : Exception
{
    internal DeviceMemoryException(string message, int batchSize, int? fittingBatchSize, Exception innerException)
        : base(message, innerException) =>
        (BatchSize, FittingBatchSize) = (batchSize, fittingBatchSize);

    /// <summary>Number of images in the batch.</summary>
    public int BatchSize { get; }

    /// <summary>A number of images that was tried and fits; null if not even one image fits.</summary>
    public int? FittingBatchSize { get; }
}
