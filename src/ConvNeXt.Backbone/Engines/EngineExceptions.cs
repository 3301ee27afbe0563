namespace ConvNeXt.Backbone.Engines;

/// <summary>An engine, or the device it was asked for, cannot be used here; the message says why and what would help.</summary>
public sealed class EngineUnavailableException : Exception
{
    /// <summary>Says why.</summary>
    /// <param name="message">Why it cannot be used, and what would help.</param>
    /// <param name="innerException">What was caught, where something was.</param>
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

    /// <summary>Images in the batch.</summary>
    public int BatchSize { get; }

    /// <summary>Number of images that was tried and does fit; null where not even one does.</summary>
    public int? FittingBatchSize { get; }
}
