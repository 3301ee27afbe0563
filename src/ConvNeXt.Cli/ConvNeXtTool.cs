using System.CommandLine;
using System.CommandLine.Invocation;
using ConvNeXt.Cli.Commands;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli;

/// <summary>The tool: parses a command line, runs its command and returns an exit code. It touches nothing of the process, so tests run it as it is.</summary>
internal static class ConvNeXtTool
{
    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The command line, without the name of the tool.</param>
    /// <param name="console">Where results and progress go.</param>
    /// <param name="cancellation">Canceled by Ctrl-C.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, ToolConsole console, CancellationToken cancellation)
    {
        ParseResult result = CreateCommand(console, cancellation).Parse(arguments);
        try
        {
            if (UsageErrors.Find(result, arguments) is { } error) throw new UsageException(error);
            console.Verbosity = result.GetValue(CommonOptions.Verbosity);
            return result.Invoke(new InvocationConfiguration
            {
                Output = console.Output,
                Error = console.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // the model is saved after Ctrl-C, however long that takes
            });
        }
        catch (Exception e)
        {
            return Failures.Report(e, console, UsageErrors.CommandName(result));
        }
    }

    private static RootCommand CreateCommand(ToolConsole console, CancellationToken cancellation)
    {
        var root = new RootCommand("Trains image classifiers on folders of photos, and uses them.")
        {
            TrainCommand.Create(console, cancellation),
            TuneCommand.Create(console, cancellation),
            PredictCommand.Create(console, cancellation),
            MergeCommand.Create(console),
            EvaluateCommand.Create(console, cancellation),
            ReportCommand.Create(console, cancellation),
            CheckCommand.Create(console, cancellation),
            InfoCommand.Create(console),
            ExportCommand.Create(console),
            ServeCommand.Create(console, cancellation),
            NewCommand.Create(console),
            ModelsCommand.Create(console),
            DoctorCommand.Create(console),
        };
        root.Options.Add(CommonOptions.Verbosity);
        return root;
    }
}
