using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Reporting;

namespace ConvNeXt.Tests;

/// <summary>A report on a small model, with names of files and classes that would be markup if they were not encoded.</summary>
internal static class TestReport
{
    public const string DangerousName = "<script>alert('x')&\".bmp";

    private static readonly Lazy<ModelReport> _report = new(Create);

    public static ModelReport Report => _report.Value;

    public static string Folder { get; } = TestFolders.CreateTemporary();

    /// <summary>The evaluated images; the last is a stripe that is labeled as a disc.</summary>
    public static IReadOnlyList<LabeledImage> Images { get; } = WriteImages();

    public static string Metrics { get; } = WriteMetrics();

    private static ModelReport Create() => ModelReport.Create(TinyModel.Transformer, Images, new ReportOptions
    {
        Title = "Shapes & <b>stripes</b>",
        DataFolder = Folder,
        MetricsFile = Metrics,
        WeightsLicense = "MIT",
        Settings = [new("Option <i>", "value & more")],
    });

    private static IReadOnlyList<LabeledImage> WriteImages()
    {
        TestImages.WriteFolder(Folder, 6, seed: 5);
        string wrong = Path.Combine(Folder, "disc", OperatingSystem.IsWindows() ? "wrong & unsafe.bmp" : DangerousName);
        File.WriteAllBytes(wrong, TestImages.EncodeBmp(TestImages.Size, TestImages.Size, TestImages.Draw("across", new Random(9))));
        File.Copy(Path.Combine(Folder, "down", "000.bmp"), Path.Combine(Folder, "down", "copy.bmp"));
        File.WriteAllText(Path.Combine(Folder, "down", "broken.bmp"), "no image");
        return ImageFolder.Enumerate(Folder);
    }

    private static string WriteMetrics()
    {
        string file = Path.Combine(TestFolders.CreateTemporary(), "metrics.csv");
        File.WriteAllText(
            file,
            """
            epoch,train_loss,train_accuracy,learning_rate,validation_loss,micro_accuracy,recall_a
            1,1.5,0.4,0.001,1.2,0.5,0.5
            2,0.9,0.7,0.001,,,
            3,0.5,0.9,0.001,0.6,0.8,0.8
            4,0.4
            """.ReplaceLineEndings("\n"));
        return file;
    }
}
