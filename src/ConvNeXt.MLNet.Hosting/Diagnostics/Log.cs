using Microsoft.Extensions.Logging;

namespace ConvNeXt.MLNet.Hosting.Diagnostics;

/// <summary>What is logged: never pictures or their contents, and nothing for an ordinary request.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Model {Path} is in use: version {Version}, {LabelCount} labels.")]
    public static partial void ModelLoaded(this ILogger logger, string path, string version, int labelCount);

    [LoggerMessage(2, LogLevel.Warning, "A new model file is not used; version {Version} stays. {Problem}")]
    public static partial void ModelRejected(this ILogger logger, string? version, string problem);

    [LoggerMessage(3, LogLevel.Information, "Shutting down: {Count} accepted requests are finished first.")]
    public static partial void Draining(this ILogger logger, int count);

    [LoggerMessage(4, LogLevel.Warning, "The time for shutting down is over; {Count} accepted requests are not finished.")]
    public static partial void DrainTimedOut(this ILogger logger, int count);

    [LoggerMessage(5, LogLevel.Error, "An image could not be decoded because of a problem of the service.")]
    public static partial void DecodingFailed(this ILogger logger, Exception exception);

    [LoggerMessage(6, LogLevel.Error, "A batch of {Count} images could not be computed.")]
    public static partial void ComputingFailed(this ILogger logger, Exception exception, int count);

    [LoggerMessage(7, LogLevel.Critical, "A thread of the classifier has ended; restart the service.")]
    public static partial void ThreadEnded(this ILogger logger, Exception exception);

    [LoggerMessage(9, LogLevel.Error, "A heat map could not be computed.")]
    public static partial void HeatMapFailed(this ILogger logger, Exception exception);

    [LoggerMessage(8, LogLevel.Debug, "An image was not classified ({Status}): {Problem}")]
    public static partial void NotClassified(this ILogger logger, ClassificationStatus status, string? problem);
}
