using System.Text.RegularExpressions;
using ConvNeXt.MLNet;
using Microsoft.ML;
using SkiaSharp;

namespace ConvNeXt.Tests;

/// <summary>The first program of README.md, compiled and run as it stands there, as a newcomer would.</summary>
[TestClass]
public sealed partial class ReadmeProgramTests
{
    private const string ImageFolderName = "flowers", ModelName = "flowers.zip";
    private const int PicturesPerClass = 6;

    /// <summary>Class folders, and what is drawn for them.</summary>
    private static readonly (string Label, string Drawing)[] Classes = [("daisy", "across"), ("tulip", "disc")];

    [TestMethod]
    public void FirstProgram_Compiles_TrainsSavesAndPredicts()
    {
        string program = FirstProgram(File.ReadAllText(Path.Combine(TestFolders.Repository, "README.md")));
        using var app = new FreshApplication(program, ["ConvNeXt.MLNet"]);
        string[] named = [.. PictureInQuotes().Matches(program).Select(match => match.Groups["path"].Value)];
        DrawPictures(app.Folder, named);
        app.Build();
        string output = app.Run();

        string[] labels = [.. Directory.GetDirectories(Path.Combine(app.Folder, ImageFolderName)).Select(folder => Path.GetFileName(folder))];
        Assert.MatchesRegex($@"\b({string.Join('|', labels)})\b.*\d", output, "No label with a probability was printed.");

        var ml = new MLContext();
        var model = (IEnumerable<ITransformer>)ml.Model.Load(Path.Combine(app.Folder, ModelName), out _);
        CollectionAssert.AreEquivalent(labels, model.OfType<ConvNeXtClassificationTransformer>().Single().LabelNames.ToArray());
    }

    private static string FirstProgram(string readme) => FirstBlock().Match(readme) is { Success: true } match
        ? match.Groups["text"].Value
        : throw new AssertFailedException("README.md has no block of C#.");

    /// <summary>Draws the class folders, and each picture that the program names.</summary>
    private static void DrawPictures(string folder, IEnumerable<string> named)
    {
        var random = new Random(1);
        foreach (var (label, drawing) in Classes)
            for (int i = 0; i < PicturesPerClass; i++) Save(Path.Combine(folder, ImageFolderName, label, $"{i}.jpg"), TestImages.Draw(drawing, random));
        foreach (string path in named) Save(Path.Combine(folder, path), TestImages.Draw(Classes[0].Drawing, random));
    }

    private static void Save(string path, byte[] rgb)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var bitmap = new SKBitmap(TestImages.Size, TestImages.Size);
        for (int i = 0; i < rgb.Length; i += 3)
            bitmap.SetPixel(i / 3 % TestImages.Size, i / 3 / TestImages.Size, new SKColor(rgb[i], rgb[i + 1], rgb[i + 2]));
        using FileStream file = File.Create(path);
        Assert.IsTrue(bitmap.Encode(file, path.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? SKEncodedImageFormat.Png : SKEncodedImageFormat.Jpeg, 90));
    }

    [GeneratedRegex(@"```csharp\r?\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex FirstBlock();

    [GeneratedRegex("\"(?<path>[^\"]+\\.(jpg|jpeg|png))\"")]
    private static partial Regex PictureInQuotes();
}
