namespace ConvNeXt.Cli.Terminal;

/// <summary>The exit codes of the tool.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>Something failed; stderr says what.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The images cannot be used: there are none, none can be read, or they are of one class.</summary>
    public const int DataUnusable = 3;

    /// <summary>Canceled by Ctrl-C; a canceled training has saved its best model.</summary>
    public const int Canceled = 130;
}

/// <summary>The command line is wrong; the message says how to write it.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The images cannot be used; the message says why.</summary>
internal sealed class DataUnusableException(string message, Exception? cause = null) : Exception(message, cause);
