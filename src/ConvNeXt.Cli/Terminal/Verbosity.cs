namespace ConvNeXt.Cli.Terminal;

/// <summary>How much the tool says on stderr.</summary>
internal enum Verbosity
{
    /// <summary>Warnings and errors.</summary>
    Quiet,

    /// <summary>Progress, too.</summary>
    Normal,

    /// <summary>Also what the library logs.</summary>
    Detailed,

    /// <summary>Also the stack trace of an error.</summary>
    Diag,
}
