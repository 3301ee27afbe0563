using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Training;
using Microsoft.ML;

namespace ConvNeXt.Tests.Training;

/// <summary>Training images that are not files are copied to a temporary file; whoever has too little space is told in time.</summary>
[TestClass]
public sealed class TemporaryImageFileTests
{
    private const int ImageBytes = 1000;

    private readonly List<string> _warnings = [];

    private readonly string _folder = TestFolders.CreateTemporary();

    [TestMethod]
    public void ImagesThatWillNotFit_AreWarnedOfOnce_AfterAHundred()
    {
        using var file = new TemporaryImageFile(_folder, _warnings.Add) { ExpectedCount = 5000, FindFreeSpace = () => 1_000_000 };
        Append(file, 99);
        Assert.AreEqual(0, _warnings.Count);
        Append(file, 501);
        string warning = _warnings.Single();
        StringAssert.Contains(warning, _folder);
        StringAssert.Contains(warning, "5,000 images");
        StringAssert.Contains(warning, "paths");
        StringAssert.Contains(warning, "MLContext.TempFilePath");
    }

    [TestMethod]
    [DataRow(5000, 100_000_000, DisplayName = "enough space")]
    [DataRow(null, 1_000_000, DisplayName = "an unknown number, and enough space so far")]
    public void ImagesThatFit_AreNot(int? expected, long free)
    {
        using var file = new TemporaryImageFile(_folder, _warnings.Add) { ExpectedCount = expected, FindFreeSpace = () => free };
        Append(file, 500);
        Assert.AreEqual(0, _warnings.Count);
    }

    [TestMethod]
    public void AFullFolder_IsAnErrorThatNamesTheWayOut()
    {
        if (!File.Exists("/dev/full")) Assert.Inconclusive("Skipped: the system has no /dev/full.");
        using var file = new TemporaryImageFile(_folder) { Create = () => File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite) };
        string message = Assert.ThrowsExactly<IOException>(() => Append(file, 1)).Message;
        StringAssert.Contains(message, _folder);
        StringAssert.Contains(message, "No space left");
        StringAssert.Contains(message, "leave out LoadImages");
    }

    [TestMethod]
    public void ATemporaryFolderThatIsNotThere_IsAnErrorOfTheTrainer()
    {
        string missing = Path.Combine(_folder, "missing");
        var context = new MLContext(seed: 1) { TempFilePath = missing };
        IDataView images = context.Transforms.LoadRawImageBytes("Bytes", null, "ImagePath").Fit(TinyModel.WithKeys(context, TinyModel.TrainingImages))
            .Transform(TinyModel.WithKeys(context, TinyModel.TrainingImages));
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.ImageColumnName = "Bytes";
        string message = Assert.ThrowsExactly<IOException>(() => context.MulticlassClassification.Trainers.ConvNeXt(options).Fit(images)).Message;
        StringAssert.Contains(message, missing);
    }

    private static void Append(TemporaryImageFile file, int count)
    {
        for (int i = 0; i < count; i++) file.Append(new byte[ImageBytes]);
    }
}
