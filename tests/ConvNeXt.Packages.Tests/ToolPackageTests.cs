using System.Text.Json;

namespace ConvNeXt.Tests;

/// <summary>The packed tool: what is in its package, and that it works as it is installed.</summary>
[TestClass]
public sealed class ToolPackageTests
{
    public const string Id = "ConvNeXt.Cli";

    private const string Root = "tools/net10.0/any";

    [TestMethod]
    public void Package_IsATool_WithTheCommandConvnext()
    {
        PackageFile package = PackedFeed.Open(Id);
        Assert.Contains("""Command Name="convnext" EntryPoint="ConvNeXt.Cli.dll" Runner="dotnet" """.TrimEnd(), package.Text($"{Root}/DotnetToolSettings.xml"));
        Assert.IsEmpty(package.Dependencies);
    }

    [TestMethod]
    public void Package_HoldsAllLibraries_AndADecoderForEachPlatform()
    {
        string[] files = [.. PackedFeed.Open(Id).Files];
        string[] expected =
        [
            "README.md", "icon.png", $"{Root}/ConvNeXt.Cli.dll", $"{Root}/ConvNeXt.MLNet.dll", $"{Root}/ConvNeXt.Backbone.dll", $"{Root}/SkiaSharp.dll",
            $"{Root}/runtimes/linux-x64/native/libSkiaSharp.so", $"{Root}/runtimes/linux-arm64/native/libSkiaSharp.so",
            $"{Root}/runtimes/osx/native/libSkiaSharp.dylib", $"{Root}/runtimes/win-x64/native/libSkiaSharp.dll",
        ];
        CollectionAssert.IsSubsetOf(expected, files);
        Assert.IsFalse(Array.Exists(files, file => file.Contains("Tests", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Tool_RunsOnANewerNet()
    {
        using JsonDocument config = JsonDocument.Parse(PackedFeed.Open(Id).Bytes($"{Root}/ConvNeXt.Cli.runtimeconfig.json"));
        Assert.AreEqual("Major", config.RootElement.GetProperty("runtimeOptions").GetProperty("rollForward").GetString());
    }

    [TestMethod]
    public void InstalledTool_TrainsPredictsAndEvaluates()
    {
        string folder = TestFolders.CreateTemporary();
        TestImages.WriteFolder(Path.Combine(folder, "photos"), 6);

        Assert.AreEqual(2, Start("trian").ExitCode);
        CommandResult help = Start("--help");
        Assert.AreEqual((0, ""), (help.ExitCode, help.Errors));
        CommandResult train = Start("train", "photos", "-o", "model.zip", "--size", "32", "--epochs", "2");
        Assert.AreEqual(0, train.ExitCode, train.Everything);
        Assert.IsTrue(File.Exists(Path.Combine(folder, "model.zip")));
        CommandResult predict = Start("predict", "model.zip", "photos/disc/*.bmp", "photos/missing.jpg", "--json");
        Assert.AreEqual(0, predict.ExitCode, predict.Everything);
        using JsonDocument predictions = JsonDocument.Parse(predict.Output);
        Assert.AreEqual(7, predictions.RootElement.GetProperty("images").GetInt32());
        Assert.Contains("missing.jpg", predict.Errors);
        CommandResult evaluate = Start("evaluate", "model.zip", "photos", "--json");
        Assert.AreEqual(0, evaluate.ExitCode, evaluate.Everything);
        using JsonDocument metrics = JsonDocument.Parse(evaluate.Output);
        Assert.AreEqual(18, metrics.RootElement.GetProperty("images").GetInt32());
        Assert.AreEqual(3, Start("check", "nowhere").ExitCode);

        CommandResult Start(params string[] arguments) => InstalledTool.Run(folder, arguments);
    }
}
