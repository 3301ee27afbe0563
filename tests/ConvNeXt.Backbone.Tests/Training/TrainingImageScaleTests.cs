using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;

namespace ConvNeXt.Tests.Training;

[TestClass]
public sealed class TrainingImageScaleTests
{
    private static readonly ConvNeXtConfig Config = new() { Depths = [1, 1, 1, 1], Widths = [8, 16, 24, 32], ClassCount = 3, LayerScaleInit = 0.5f };

    private static readonly TrainingOptions Options = new()
    {
        Epochs = 2,
        WarmupEpochs = 0,
        LearningRate = 1e-3,
        BatchSize = 4,
        Preprocessing = ImagePreprocessing.ForSize(64, 96),
        TrainingImageScale = 0.5,
        Mixup = new Mixup(),
        Seed = 5,
    };

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void TrainingImages_AreSmallerThanThoseForScoring(int loaders)
    {
        SyntheticImages images = new(10, 3), validation = new(6, 3);
        var sizes = new List<(int, int)>();
        var options = Options with { LoaderThreads = loaders };
        new TrainingSession(Config, RecordingEngine.WeightsAfter(0), options, images, validation, settings => new RecordingEngine(settings) { Seen = batch => sizes.Add((batch.Height, batch.Width)) }).Run();
        TrainingResult result = new TrainingSession(Config, null, options, images, validation).Run();
        CollectionAssert.AreEqual(Enumerable.Repeat((32, 48), 6).ToArray(), sizes);
        Assert.AreEqual((64, 96), (result.Preprocessing.Height, result.Preprocessing.Width));

        // The validation loss is that of scoring at the full size.
        using var engine = new ManagedScoringEngine(Config, result.Weights, new EngineOptions());
        double loss = 0;
        for (int item = 0; item < validation.Count; item++)
        {
            float[] pixels = new float[result.Preprocessing.Length], logits = new float[3];
            using RgbImage image = validation.Load(item);
            result.Preprocessing.Apply(image, pixels);
            engine.Score(pixels, 1, 64, 96, logits);
            loss += Math.Log(logits.Sum(logit => Math.Exp(logit - logits.Max()))) + logits.Max() - logits[validation.LabelOf(item)];
        }
        Assert.AreEqual(loss / validation.Count, result.BestEpoch!.Validation!.Loss, 1e-4);
    }

    [TestMethod]
    public void SameSizeAsBefore_TrainsTheSameWeights()
    {
        // Without mixing, which is drawn for a batch, smaller images are those of an input of that size.
        var images = new SyntheticImages(10, 3);
        var plain = Options with { Mixup = null, Preprocessing = ImagePreprocessing.ForSize(32), TrainingImageScale = 1 };
        var scaled = plain with { Preprocessing = ImagePreprocessing.ForSize(64) with { CropRatio = plain.Preprocessing.CropRatio }, TrainingImageScale = 0.5 };
        float[] expected = new TrainingSession(Config, null, plain, images).Run().Weights["head.weight"].Values;
        CollectionAssert.AreEqual(expected, new TrainingSession(Config, null, scaled, images).Run().Weights["head.weight"].Values);
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(1.5)]
    public void ScaleOutOfRange_IsAnError(double scale) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>((Options with { TrainingImageScale = scale }).Validate).Message, "TrainingImageScale");
}
