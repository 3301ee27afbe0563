using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.ML;

/// <summary>What the pool and its loaders write to the application's log.</summary>
internal static partial class PoolLog
{
    [LoggerMessage(EventId = 0, Level = LogLevel.Trace, Message = "{message}")]
    public static partial void ContextMessage(ILogger logger, string message);

    [LoggerMessage(EventId = 102, Level = LogLevel.Information, EventName = "FileReload", Message = "Reloaded the model from '{filePath}'")]
    public static partial void FileReloaded(ILogger logger, string filePath);

    [LoggerMessage(EventId = 103, Level = LogLevel.Error, EventName = "FileReloadError",
        Message = "The model file '{filePath}' changed, but could not be loaded; the model before stays in use")]
    public static partial void FileReloadError(ILogger logger, string filePath, Exception exception);

    [LoggerMessage(EventId = 101, Level = LogLevel.Information, EventName = "UriReloadEnd", Message = "Reloaded the model from {uri}")]
    public static partial void UriReloaded(ILogger logger, Uri uri);

    [LoggerMessage(EventId = 102, Level = LogLevel.Error, EventName = "UriReloadError",
        Message = "The model could not be reloaded from {uri}; the model before stays in use")]
    public static partial void UriReloadError(ILogger logger, Uri uri, Exception exception);

    [LoggerMessage(EventId = 103, Level = LogLevel.Error, EventName = "UriLoadError", Message = "Error loading {uri}")]
    public static partial void UriLoadError(ILogger logger, Uri uri, Exception exception);
}
