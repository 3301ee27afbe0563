using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Compat.Tests.Pool;

/// <summary>Keeps what is logged, and lets a test wait for the next error.</summary>
internal sealed class LogRecorder : ILoggerProvider, ILogger
{
    private readonly BlockingCollection<string> _errors = [];

    public string TakeError(TimeSpan timeout) =>
        _errors.TryTake(out string? error, timeout) ? error : throw new TimeoutException("No error was logged in time.");

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel == LogLevel.Error) _errors.Add(formatter(state, exception));
    }

    public void Dispose()
    {
    }
}
