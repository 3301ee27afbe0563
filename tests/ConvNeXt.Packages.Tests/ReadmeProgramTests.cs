using ConvNeXt.MLNet;
using ConvNeXt.Tests.Docs;
using Microsoft.ML;
using SkiaSharp;

namespace ConvNeXt.Tests;

/// <summary>
/// README.md's programs for training and for predicting in another app, compiled and run as they stand there, in fresh applications as a newcomer makes them.
/// </summary>
[TestClass]
[TestCategory("Slow")]
public sealed class ReadmeProgramTests
{
    private const string ImageFolderName = "flowers", ModelName = "flowers.zip";
    private const int PicturesPerClass = 6;

    /// <summary>Class folders, and what is drawn for them.</summary>
    private static readonly (string Label, string Drawing)[] Classes = [("daisy", "across"), ("roses", "disc")];

    private static readonly string AnyPrediction = $@"\b({string.Join('|', Classes.Select(entry => entry.Label))}) \(\d+";

    [TestMethod]
    public void FirstProgram_TrainsSavesAndPredicts_AndThatOfAnotherAppPredictsWithItsModel()
    {
        var programs = CodeBlocks.Read(Path.Combine(TestFolders.Repository, "README.md"));

        // The default takes 400 steps for a few pictures, too; DocumentationTests compiles the program as it is.
        const string trainer = "Trainers.ConvNeXt()", quickTrainer = "Trainers.ConvNeXt(new ConvNeXtTrainer.Options { Epochs = 4 })";
        Assert.Contains(trainer, programs[0].Source);
        using var training = new FreshApplication(programs[0].Source.Replace(trainer, quickTrainer, StringComparison.Ordinal), ["ConvNeXt.MLNet"]);
        DrawPictures(Path.Combine(training.Folder, ImageFolderName));
        training.Build();
        Assert.MatchesRegex(AnyPrediction, training.Run());
        string model = Path.Combine(training.Folder, ModelName);
        CollectionAssert.AreEqual(Classes.Select(entry => entry.Label).ToArray(), ReadLabels(model));

        string otherApp = programs.First(program => program.Source.Contains("args[0]", StringComparison.Ordinal)).Source;
        using var predicting = new FreshApplication(otherApp, ["ConvNeXt.MLNet"]);
        File.Move(model, Path.Combine(predicting.Folder, ModelName));
        predicting.Build();
        string picture = Directory.EnumerateFiles(training.Folder, "*.jpg", SearchOption.AllDirectories).First();
        Assert.MatchesRegex($"^{AnyPrediction}", predicting.Run(picture));
    }

    private static void DrawPictures(string folder)
    {
        var random = new Random(1);
        foreach (var (label, drawing) in Classes)
        {
            Directory.CreateDirectory(Path.Combine(folder, label));
            for (int i = 0; i < PicturesPerClass; i++) SaveJpeg(Path.Combine(folder, label, $"{i}.jpg"), TestImages.Draw(drawing, random));
        }
    }

    private static void SaveJpeg(string path, byte[] rgb)
    {
        using var bitmap = new SKBitmap(TestImages.Size, TestImages.Size);
        for (int i = 0; i < rgb.Length; i += 3)
            bitmap.SetPixel(i / 3 % TestImages.Size, i / 3 / TestImages.Size, new SKColor(rgb[i], rgb[i + 1], rgb[i + 2]));
        using FileStream file = File.Create(path);
        Assert.IsTrue(bitmap.Encode(file, SKEncodedImageFormat.Jpeg, 90));
    }

    private static string[] ReadLabels(string model)
    {
        return [.. new MLContext().Model.Load(model, out _).GetConvNeXtClassifier().LabelNames];
    }
}
