namespace ConvNeXt.Cli.Terminal;

/// <summary>Turns an exception into a message on stderr and an exit code.</summary>
internal static class Failures
{
    /// <summary>Reports an exception. The stack trace is for <see cref="Verbosity.Diag"/> only.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="console">Where to write.</param>
    /// <param name="command">The command, for the hint at its help.</param>
    public static int Report(Exception exception, ToolConsole console, string command)
    {
        console.EndLive();
        if (exception is AggregateException { InnerExceptions: [var single] }) exception = single;
        (int code, string message) = exception switch
        {
            OperationCanceledException => (ExitCode.Canceled, "Canceled."),
            UsageException => (ExitCode.Usage, $"{exception.Message}{Environment.NewLine}'{command} --help' shows how to use it."),
            DataUnusableException => (ExitCode.DataUnusable, exception.Message),
            _ => (ExitCode.Failed, exception.Message),
        };
        console.Fail(message);
        if (console.Verbosity == Verbosity.Diag) console.Fail(exception.ToString());
        return code;
    }
}
