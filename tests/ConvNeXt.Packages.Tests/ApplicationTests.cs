using System.Globalization;
using System.Xml.Linq;

namespace ConvNeXt.Tests;

/// <summary>Fresh applications that use the packed packages to predict.</summary>
[TestClass]
[TestCategory("Slow")]
public sealed class ApplicationTests
{
    /// <summary>How Apps/TorchSharp.cs ends where TorchSharp itself does not work.</summary>
    private const int NoLibTorch = 3;

    [TestMethod]
    public void Application_ThatOnlyPredicts_NeedsOnePackageAndOneColumn()
    {
        using var app = new FreshApplication(FreshApplication.Source("Predict"), ["ConvNeXt.MLNet"]);
        app.Build();
        CollectionAssert.AreEqual(SavedModel.ExpectedLines(), Lines(app.Run([SavedModel.File, .. SavedModel.Pictures])));
    }

    [TestMethod]
    public void Application_PublishedTrimmed_PredictsTheSame()
    {
        using var app = new FreshApplication(FreshApplication.Source("Predict"), ["ConvNeXt.MLNet"]);
        app.PublishTrimmed();
        CollectionAssert.AreEqual(SavedModel.ExpectedLines(), Lines(app.RunPublished([SavedModel.File, .. SavedModel.Pictures])));
    }

    /// <remarks>dotnet/machinelearning#7413: ML.NET's own images do not work with SkiaSharp 3.</remarks>
    [TestMethod]
    [DataRow("2.88.9")]
    [DataRow("3.119.4")]
    [DataRow("4.155.0")]
    public void Application_WithAnotherSkiaSharp_DecodesTheSame_OrSaysWhatDoesNotWork(string version)
    {
        using var app = new FreshApplication(
            FreshApplication.Source("SkiaSharp"),
            ["ConvNeXt.MLNet", $"SkiaSharp/{version}", $"SkiaSharp.NativeAssets.Linux.NoDependencies/{version}"]);
        app.Build();
        string images = TestFolders.Data("images");
        string[] actual = Lines(app.Run(SavedModel.File, images));
        CollectionAssert.AreEqual(SkiaSharpLines.Expected(images), actual[..^1]);
        bool isThatOfMLNet = version.StartsWith("2.88", StringComparison.Ordinal);
        StringAssert.StartsWith(actual[^1], isThatOfMLNet ? "MLImage 3" : "MLImage InvalidOperationException: The pixels of an MLImage");
    }

    [TestMethod]
    public void Application_WithoutTheNativeSkiaSharp_IsToldSo()
    {
        using var app = new FreshApplication(FreshApplication.Source("Predict"), ["ConvNeXt.MLNet"]);
        app.Build();
        foreach (string library in Directory.GetFiles(app.Folder, "*libSkiaSharp.*", SearchOption.AllDirectories)) File.Delete(library);
        CommandResult result = app.Start([SavedModel.File, .. SavedModel.Pictures]);
        Assert.AreNotEqual(0, result.ExitCode, result.Everything);
        StringAssert.Contains(result.Errors, "No image can be decoded, because SkiaSharp cannot be used");
    }

    [TestMethod]
    public void Application_WithTheTorchSharpTrainersOfMLNet_ScoresByTheTorchSharpEngine()
    {
        // The repository's own build step: the libtorch of this system, linked and not copied, and what makes TorchSharp load on older systems.
        string libTorch = $"""
              <Import Project="{Path.Combine(TestFolders.Repository, "eng", "LibTorch.targets")}" />
              <ItemGroup>
                <PackageReference Update="@(PackageReference->WithMetadataValue('Version', ''))" Version="{LibTorchVersion()}" />
              </ItemGroup>
            """;
        using var app = new FreshApplication(
            FreshApplication.Source("TorchSharp"), ["ConvNeXt.MLNet", "ConvNeXt.Backbone.TorchSharp", "Microsoft.ML.TorchSharp/0.23.1"], libTorch);
        app.Build();
        CommandResult result = app.Start([SavedModel.File, .. SavedModel.Pictures]);
        if (result.ExitCode == NoLibTorch) Assert.Inconclusive($"Skipped: libtorch cannot be loaded here. {result.Errors}");
        Assert.AreEqual(0, result.ExitCode, result.Everything);
        string[] expected = SavedModel.ExpectedLines(), actual = Lines(result.Output);
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++) AssertClose(expected[i], actual[i]);
    }

    private static string LibTorchVersion() => XDocument.Load(Path.Combine(TestFolders.Repository, "Directory.Packages.props"))
        .Descendants("PackageVersion").Single(package => package.Attribute("Include")!.Value == "libtorch-cpu-linux-x64").Attribute("Version")!.Value;

    private static string[] Lines(string output) => output.ReplaceLineEndings("\n").TrimEnd().Split('\n');

    private static void AssertClose(string expected, string actual)
    {
        Assert.AreEqual(expected.Split('|')[0], actual.Split('|')[0], $"{expected} {actual}");
        float[] expectedScores = Scores(expected), actualScores = Scores(actual);
        Assert.HasCount(expectedScores.Length, actualScores);
        for (int i = 0; i < expectedScores.Length; i++) Assert.AreEqual(expectedScores[i], actualScores[i], 1e-4f, $"{expected} {actual}");
    }

    private static float[] Scores(string line) => [.. line.Split('|')[1].Split(' ').Select(text => float.Parse(text, CultureInfo.InvariantCulture))];
}
