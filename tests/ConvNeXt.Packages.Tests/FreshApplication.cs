using System.Text.Json;
using System.Text.RegularExpressions;

namespace ConvNeXt.Tests;

/// <summary>
/// A console application in a fresh folder outside the repository, as <c>dotnet new console</c> makes it, that gets the packages from <see cref="PackedFeed"/>
/// and everything else from the feeds that the machine is set up for.
/// </summary>
internal sealed partial class FreshApplication : IDisposable
{
    private const string Name = "app";

    /// <summary>Why no feed answered, once it is known: each further try would wait for NuGet's retries.</summary>
    private static string? _noAnswer;

    private readonly string _output;

    /// <param name="program">The text of Program.cs.</param>
    /// <param name="packages">Packages of the repository by their id, others as id and version with a slash between.</param>
    /// <param name="projectXml">What else the project file holds.</param>
    public FreshApplication(string program, string[] packages, string projectXml = "")
    {
        Folder = TestFolders.CreateTemporary();
        _output = Path.Combine(Folder, "bin", "output");
        var references = packages.Select(package => package.Split('/')).Select(parts =>
            $"""    <PackageReference Include="{parts[0]}" Version="{(parts.Length > 1 ? parts[1] : PackedFeed.Version)}" />""");
        Write("Program.cs", program);
        Write("nuget.config", $"""
            <?xml version="1.0" encoding="utf-8"?>
            <configuration>
              <packageSources>
                <add key="packed" value="{PackedFeed.Folder}" />
              </packageSources>
            </configuration>
            """);
        Write($"{Name}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>
            {string.Join(Environment.NewLine, references)}
              </ItemGroup>
            {projectXml}
            </Project>
            """);
    }

    public string Folder { get; }

    /// <summary>The assembly that <see cref="Build"/> makes.</summary>
    public string Assembly => Path.Combine(_output, $"{Name}.dll");

    /// <summary>Copies an application that has a project file of its own, to build with the packages of the feed.</summary>
    public static FreshApplication Copy(string folder)
    {
        var application = new FreshApplication("", []);
        foreach (string file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetExtension(file) == ".csproj" ? $"{Name}.csproj" : Path.GetRelativePath(folder, file);
            string path = Path.Combine(application.Folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (Path.GetExtension(file) == ".csproj") File.WriteAllText(path, OwnVersion().Replace(File.ReadAllText(file), PackedFeed.Version));
            else File.Copy(file, path, overwrite: true);
        }
        return application;
    }

    /// <summary>The source of one of the programs in Apps/.</summary>
    public static string Source(string program) =>
        File.ReadAllText(Path.Combine(TestFolders.Repository, "tests", "ConvNeXt.Packages.Tests", "Apps", $"{program}.cs"));

    /// <summary>Restores and builds; a warning is a failure, too.</summary>
    public void Build()
    {
        string output = Succeed("build", "-c", "Release", "-o", _output);
        Assert.DoesNotMatchRegex(Warning(), output);
    }

    /// <summary>Publishes the application with a runtime of its own, trimmed.</summary>
    public void PublishTrimmed() => Succeed("publish", "-c", "Release", "--use-current-runtime", "--self-contained", "-p:PublishTrimmed=true", "-o", _output);

    /// <summary>Runs what was built, in the application's folder.</summary>
    /// <returns>What it printed.</returns>
    public string Run(params string[] arguments) => Checked(Start(arguments));

    /// <summary>Runs what was built, however it ends.</summary>
    public CommandResult Start(params string[] arguments) => DotnetCommand.Run(Folder, [Assembly, .. arguments]);

    /// <summary>Runs what was published, by its own executable file.</summary>
    /// <returns>What it printed.</returns>
    public string RunPublished(params string[] arguments)
    {
        string file = Path.Combine(_output, OperatingSystem.IsWindows() ? $"{Name}.exe" : Name);
        return Checked(DotnetCommand.RunProgram(file, Folder, arguments));
    }

    /// <summary>Deletes the folder, and the packages of the feed from NuGet's own package folder.</summary>
    public void Dispose()
    {
        foreach (string folder in ReadPackageFolders()) PackedFeed.RemoveExtracted(folder);
        Directory.Delete(Folder, recursive: true);
    }

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(Folder, file), text);

    private string Succeed(params string[] arguments)
    {
        if (_noAnswer is not null) Skip(_noAnswer);
        CommandResult result = DotnetCommand.Run(Folder, arguments);
        if (result.ExitCode != 0) SkipWithoutFeed(result.Everything);
        return Checked(result);
    }

    private static string Checked(CommandResult result)
    {
        Assert.AreEqual(0, result.ExitCode, result.Everything);
        return result.Output;
    }

    /// <summary>Skips the test where a feed gives no answer, or does not have a package that is not ours.</summary>
    private static void SkipWithoutFeed(string output)
    {
        if (NoAnswer().Match(output) is { Success: true } noAnswer) Skip(_noAnswer = noAnswer.Value);
        if (NoPackage().Match(output) is { Success: true } noPackage) Skip(noPackage.Value);
    }

    private static void Skip(string error) => Assert.Inconclusive($"Skipped: packages cannot be restored. {error.Trim()}");

    private IReadOnlyList<string> ReadPackageFolders()
    {
        string assets = Path.Combine(Folder, "obj", "project.assets.json");
        if (!File.Exists(assets)) return [];
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(assets));
        if (!document.RootElement.TryGetProperty("packageFolders", out JsonElement folders)) return [];
        return [.. folders.EnumerateObject().Select(folder => folder.Name)];
    }

    [GeneratedRegex(@"error NU1301: [^\r\n]*https?://[^\r\n]*")]
    private static partial Regex NoAnswer();

    // No package of that name; not in that version; in prerelease versions only.
    [GeneratedRegex(@"error NU110[123]: [^\r\n]* package (?!ConvNeXt)[^\r\n]*")]
    private static partial Regex NoPackage();

    [GeneratedRegex("""(?<=Include="ConvNeXt\.[^"]*" Version=")[^"]*""")]
    private static partial Regex OwnVersion();

    [GeneratedRegex(@": warning [A-Z]+[0-9]+: ")]
    private static partial Regex Warning();
}
