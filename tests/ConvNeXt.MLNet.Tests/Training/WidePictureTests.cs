using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.Training;

/// <summary>
/// Classes that differ only at the ends of wide pictures (huggingface/pytorch-image-models#1705): a square input crops them away and says so, a rectangular
/// one learns them.
/// </summary>
[TestClass]
public sealed class WidePictureTests
{
    private static readonly string _folder = TestFolders.CreateTemporary();
    private static readonly Lazy<IReadOnlyList<LabeledImage>> _training = new(() => WidePictures.Write(Path.Combine(_folder, "training"), pairs: 40, seed: 1));
    private static readonly Lazy<IReadOnlyList<LabeledImage>> _test = new(() => WidePictures.Write(Path.Combine(_folder, "test"), pairs: 20, seed: 2));

    private readonly List<string> _warnings = [];

    [ClassCleanup]
    public static void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void Square_HidesTheEnds_SoThatAccuracyIsChance_AndAWarningSaysWhatHelps()
    {
        Assert.AreEqual(0.5, FindAccuracy(Fit(ImagePreprocessing.ForSize(32), epochs: 4)), "both of a pair look the same");
        string warning = _warnings.Single(message => message.Contains("center crop", StringComparison.Ordinal));
        StringAssert.Contains(warning, "72 of 72 training images");
        StringAssert.Contains(warning, "median 67 %");
        StringAssert.Contains(warning, "Squash");
        StringAssert.Contains(warning, "ImageSize = 32 and ImageWidth = 64");
    }

    [TestMethod]
    public void Rectangle_LearnsTheEnds_WithoutAWarning() => AssertLearned(ImagePreprocessing.ForSize(32, 96));

    [TestMethod]
    public void Squash_LearnsTheEnds_WithoutAWarning() => AssertLearned(ImagePreprocessing.ForSize(32) with { ResizeMode = ResizeMode.Squash });

    [TestMethod]
    public void SquarePictures_AndPhotographsOfFourToThree_GiveNoWarning()
    {
        string folder = Path.Combine(_folder, "photographs");
        foreach (string label in new[] { "a", "b" })
        {
            Directory.CreateDirectory(Path.Combine(folder, label));
            for (int i = 0; i < 6; i++) File.WriteAllBytes(Path.Combine(folder, label, $"{i}.bmp"), TestImages.EncodeBmp(64, 48, new byte[64 * 48 * 3]));
        }
        Fit(ImagePreprocessing.ForSize(32), epochs: 1, ImageFolder.Enumerate(folder));
        Fit(ImagePreprocessing.ForSize(32), epochs: 1, TinyModel.TrainingImages);
        Assert.AreEqual(0, _warnings.Count(message => message.Contains("center crop", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void EncodedPictures_AndMLImages_AreMeasured_Too()
    {
        var context = new MLContext(seed: 1);
        IDataView files = TinyModel.WithKeys(context, _training.Value);
        IDataView decoded = context.Transforms.LoadImages("Picture", "", "ImagePath").Fit(files).Transform(files);
        IDataView encoded = context.Transforms.LoadRawImageBytes("Bytes", "", "ImagePath").Fit(decoded).Transform(decoded);
        foreach (string column in new[] { "Picture", "Bytes" })
        {
            ConvNeXtTrainer.Options options = WidePictures.CreateOptions(ImagePreprocessing.ForSize(32), epochs: 1);
            options.ImageColumnName = column;
            var trainer = CreateContext().MulticlassClassification.Trainers.ConvNeXt(options);
            trainer.Fit(encoded);
            StringAssert.Contains(_warnings.Single(message => message.Contains("center crop", StringComparison.Ordinal)), "72 of 72", column);
            _warnings.Clear();
        }
    }

    private void AssertLearned(ImagePreprocessing preprocessing)
    {
        ConvNeXtClassificationTransformer model = Fit(preprocessing, epochs: 8);
        Assert.AreEqual(preprocessing, model.Preprocessing);
        Assert.IsTrue(FindAccuracy(model) >= 0.95);
        Assert.AreEqual(0, _warnings.Count(message => message.Contains("center crop", StringComparison.Ordinal)));
    }

    private ConvNeXtClassificationTransformer Fit(ImagePreprocessing preprocessing, int epochs, IReadOnlyList<LabeledImage>? images = null) =>
        TinyModel.Fit(CreateContext(), WidePictures.CreateOptions(preprocessing, epochs), images ?? _training.Value);

    private MLContext CreateContext()
    {
        var context = new MLContext(seed: 1);
        context.Log += (_, message) =>
        {
            if (message.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning) _warnings.Add(message.Message);
        };
        return context;
    }

    private static double FindAccuracy(ConvNeXtClassificationTransformer model)
    {
        var context = new MLContext(seed: 1);
        return context.MulticlassClassification.Evaluate(model.Transform(TinyModel.WithKeys(context, _test.Value))).MicroAccuracy;
    }
}
