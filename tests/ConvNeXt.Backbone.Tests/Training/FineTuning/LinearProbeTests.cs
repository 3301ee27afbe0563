using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.FineTuning;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Training.FineTuning;

[TestClass]
public sealed class LinearProbeTests
{
    private const int Size = 32, Images = 6;

    private static readonly ConvNeXtConfig Config = new() { Depths = [1, 1, 1, 1], Widths = [8, 16, 24, 32], ClassCount = 3, LayerScaleInit = 0.5f, DropPathRate = 0.3f };

    private static readonly TrainingOptions Options = new()
    {
        Epochs = 30,
        WarmupEpochs = 0,
        LearningRate = 0.02,
        BatchSize = 8,
        Preprocessing = ImagePreprocessing.ForSize(Size),
        Seed = 5,
        LinearProbe = true,
    };

    [TestMethod]
    [DataRow(null, null)]
    [DataRow(0.05, 0.9)]
    public void HeadEngine_TrainsAsTheWholeEngineWithAFrozenBackbone(double? maxNorm, double? averageDecay)
    {
        TrainingEngineSettings settings = Settings() with { AverageDecay = averageDecay };
        float[] pixels = Pixels(), features = Features(settings.Weights, pixels);
        using var whole = new ManagedTrainingEngine(settings);
        whole.SetFrozen(settings.Weights.Tensors.Select(tensor => tensor.Name).Where(name => !name.StartsWith("head.", StringComparison.Ordinal)).ToHashSet());
        using var head = new HeadTrainingEngine(settings);
        for (int step = 0; step < 4; step++)
        {
            Assert.AreEqual(whole.AccumulateGradients(Batch(pixels, 0.5f)), head.AccumulateGradients(Batch(features, 0.5f)), 1e-5);
            whole.AccumulateGradients(Batch(pixels, 0.25f));
            head.AccumulateGradients(Batch(features, 0.25f));
            AssertNear(whole.ExportGradients(), head.ExportGradients(), 1e-5f);
            var options = new OptimizerStep(0.01) { MaxGradientNorm = maxNorm };
            Assert.AreEqual(whole.ApplyGradients(options) ?? -1, head.ApplyGradients(options) ?? -1, 1e-5);
        }
        AssertNear(whole.ExportWeights(), head.ExportWeights(), 1e-4f);
        if (averageDecay is not null) AssertNear(whole.ExportWeights(average: true), head.ExportWeights(average: true), 1e-4f);
        float[] expected = new float[Images * 3], actual = new float[Images * 3];
        whole.Score(pixels, Images, Size, Size, expected, averageDecay is not null);
        head.Score(features, Images, Size, Size, actual, averageDecay is not null);
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], 1e-4f);
    }

    [TestMethod]
    public void HeadEngine_GoesOnFromItsState_ToTheBit()
    {
        TrainingEngineSettings settings = Settings() with { AverageDecay = 0.9 };
        float[] features = Features(settings.Weights, Pixels());
        using HeadTrainingEngine one = new(settings), other = new(settings);
        Step(one);
        other.ImportState(one.ExportState());
        Step(one);
        Step(other);
        foreach (bool average in new[] { false, true })
            foreach (WeightTensor tensor in one.ExportWeights(average).Tensors) CollectionAssert.AreEqual(tensor.Values, other.ExportWeights(average)[tensor.Name].Values, tensor.Name);

        void Step(HeadTrainingEngine engine)
        {
            engine.AccumulateGradients(Batch(features, 1));
            engine.ApplyGradients(new OptimizerStep(0.01));
        }
    }

    [TestMethod]
    public void HeadEngine_RefusesTheStateOfAnotherBackbone()
    {
        using HeadTrainingEngine one = new(Settings()), other = new(Settings() with { Weights = WeightInitializer.Create(Config, seed: 4) });
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => one.ImportState(other.ExportState())).Message, "different backbone");
        Assert.ThrowsExactly<WeightMismatchException>(() => one.ImportState(one.ExportState() with { FirstMoments = new WeightSet() }));
    }

    [TestMethod]
    public void Probe_LoadsEachImageOnce_LearnsTheHead_AndLeavesTheBackbone()
    {
        var loads = new int[60];
        var train = new SyntheticImages(60, 3) { Loading = item => Interlocked.Increment(ref loads[item]) };
        var validation = new SyntheticImages(30, 3, seed: 2);
        WeightSet initial = WeightInitializer.Create(Config, seed: 9);
        var options = Options with { CalibrateTemperature = true, BalancedSampling = true, Mixup = new Mixup() };
        int engines = 0;
        TrainingResult result = new TrainingSession(Config, initial, options, train, validation)
        {
            CreateScoringEngine = (config, weights) =>
            {
                engines++;
                return new ManagedScoringEngine(config, weights);
            },
        }.Run();

        Assert.AreEqual(1, engines);
        Assert.IsTrue(loads.All(count => count == 1), "features are computed once");
        foreach (WeightTensor tensor in initial.Tensors)
            Assert.AreEqual(!tensor.Name.StartsWith("head.", StringComparison.Ordinal), tensor.Values.SequenceEqual(result.Weights[tensor.Name].Values), tensor.Name);
        Assert.IsTrue(result.BestEpoch!.Validation!.MicroAccuracy > 0.9, $"{result.BestEpoch}");
        Assert.AreEqual(result.BestEpoch.Validation.Loss, result.Calibration!.Before.Loss, 1e-6);
        Assert.IsTrue(result.PlannedBytes > 90 * Config.FeatureCount * sizeof(float));

        // What it measured on features is what the network gives for the images.
        using var engine = new ManagedScoringEngine(Config, result.Weights);
        var tally = new ClassificationTally(3, 5);
        for (int item = 0; item < validation.Count; item++)
        {
            float[] pixels = new float[options.Preprocessing.Length], logits = new float[3];
            options.Preprocessing.Apply(validation.Load(item), pixels);
            engine.Score(pixels, 1, Size, Size, logits);
            tally.Add(logits, [validation.LabelOf(item)]);
        }
        Assert.AreEqual(tally.ToMetrics().Loss, result.BestEpoch.Validation.Loss, 1e-5);
    }

    private static TrainingEngineSettings Settings() => new()
    {
        Config = Config,
        Weights = WeightInitializer.Create(Config, seed: 3),
        BatchSize = Images,
        Height = Size,
        Width = Size,
        Rules = ParameterRules.Create(Config, weightDecay: 0.05),
    };

    private static float[] Pixels()
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, Images * Size * Size * 3).Select(_ => (float)((4 * random.NextDouble()) - 2))];
    }

    private static float[] Features(WeightSet weights, float[] pixels)
    {
        using var engine = new ManagedScoringEngine(Config, weights);
        float[] features = new float[Images * engine.FeatureCount];
        engine.Featurize(pixels, Images, Size, Size, features);
        return features;
    }

    private static TrainingBatch Batch(float[] images, float scale) => new()
    {
        Images = images,
        Targets = [.. Enumerable.Range(0, Images).SelectMany(image => new[] { 0.1f, 0.2f + (0.1f * (image % 3)), 0.7f - (0.1f * (image % 3)) })],
        Count = Images,
        Height = Size,
        Width = Size,
        GradientScale = scale,
    };

    private static void AssertNear(WeightSet expected, WeightSet actual, float tolerance)
    {
        foreach (WeightTensor tensor in expected.Tensors)
        {
            float[] values = actual[tensor.Name].Values;
            Assert.AreEqual(tensor.Values.Length, values.Length);
            for (int i = 0; i < values.Length; i++) Assert.AreEqual(tensor.Values[i], values[i], tolerance, tensor.Name);
        }
    }
}
