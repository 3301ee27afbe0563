using System.Globalization;
using ConvNeXt.Cli.Terminal;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.Cli.Training;

/// <summary>Writes what the library logs to the log of the run; warnings, and with --verbosity detailed everything, to the console, too.</summary>
internal sealed class RunLog : IDisposable
{
    private readonly Lock _lock = new();
    private readonly StreamWriter? _file;
    private readonly ToolConsole _console;
    private readonly MLContext _context;

    /// <param name="path">The file; a resumed run adds to it. Null for none.</param>
    /// <param name="console">The console.</param>
    /// <param name="context">The context whose log is written.</param>
    public RunLog(string? path, ToolConsole console, MLContext context)
    {
        (_file, _console, _context) = (path is null ? null : new StreamWriter(path, append: true) { AutoFlush = true }, console, context);
        context.Log += Write;
    }

    public void Dispose()
    {
        _context.Log -= Write;
        lock (_lock) _file?.Dispose();
    }

    private void Write(object? sender, LoggingEventArgs message)
    {
        if (message.Kind < ChannelMessageKind.Info || !message.Source.Contains("ConvNeXt", StringComparison.Ordinal)) return;
        lock (_lock) _file?.WriteLine($"{DateTime.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {message.Kind}: {message.RawMessage}");
        if (message.Kind >= ChannelMessageKind.Warning) _console.Warn(message.RawMessage);
        else if (_console.Verbosity >= Verbosity.Detailed) _console.Tell(message.RawMessage);
    }
}
