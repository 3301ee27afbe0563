namespace ConvNeXt.Benchmarks;

/// <summary>How this program starts itself again: by dotnet, or where it was published with its own runtime, directly.</summary>
internal static class OwnProgram
{
    private static readonly bool _isHosted = System.IO.Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";

    /// <summary>The program to run.</summary>
    public static string File { get; } = _isHosted ? "dotnet" : Environment.ProcessPath!;

    /// <summary>Its command line for a command of this program.</summary>
    public static string[] Arguments(params string[] words) => _isHosted ? [typeof(OwnProgram).Assembly.Location, .. words] : words;
}
