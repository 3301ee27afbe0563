using System.Text.Json;

namespace ConvNeXt.Tests;

/// <summary>The packed tool, installed once for all tests into an empty folder, and run as a process.</summary>
internal static class InstalledTool
{
    private static readonly Lazy<string> LazyFile = new(Install);

    /// <summary>Runs the tool, however it ends.</summary>
    public static CommandResult Run(string folder, params IEnumerable<string> arguments) => DotnetCommand.RunProgram(LazyFile.Value, folder, arguments);

    /// <summary>Runs the tool and checks that it succeeded.</summary>
    /// <returns>What it wrote to stdout.</returns>
    public static string Succeed(string folder, params IEnumerable<string> arguments)
    {
        CommandResult result = Run(folder, arguments);
        Assert.AreEqual(0, result.ExitCode, result.Everything);
        return result.Output;
    }

    /// <summary>The same, and the output is JSON.</summary>
    public static JsonElement SucceedWithJson(string folder, params IEnumerable<string> arguments) =>
        JsonElement.Parse(Succeed(folder, [.. arguments, "--json"]));

    private static string Install()
    {
        string folder = TestFolders.CreateTemporary();
        // From the feed, and no other.
        CommandResult install = DotnetCommand.Run(
            folder, "tool", "install", ToolPackageTests.Id, "--tool-path", folder, "--source", PackedFeed.Folder, "--version", PackedFeed.Version);
        Assert.AreEqual(0, install.ExitCode, install.Everything);
        return Path.Combine(folder, OperatingSystem.IsWindows() ? "convnext.exe" : "convnext");
    }
}
