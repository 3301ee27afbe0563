using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Engines;

/// <summary>What the engines promise, for the networks that are not V1.</summary>
[TestClass]
public sealed class VariantEngineTests
{
    private const int Classes = 5;

    private static readonly ConvNeXtConfig _second = new()
    {
        Name = "V2", Depths = [1, 2, 1, 1], Widths = [12, 20, 28, 36], ClassCount = Classes, LayerScaleInit = null, GlobalResponseNorm = true, DropPathRate = 0.3f,
    };

    private static readonly Dictionary<string, ConvNeXtConfig> _variants = new ConvNeXtConfig[]
    {
        _second,
        new() { Name = "isotropic", Depths = [3], Widths = [20], ClassCount = Classes },
        _second with { Name = "isotropic V2", Depths = [2], Widths = [20], LayerScaleInit = 0.5f },
        _second with { Name = "all options", OverlappingStemWidth = 7, NormBeforePooling = true, HeadHiddenWidth = 44, NormEpsilon = 1e-5f, LayerScaleInit = 0.5f },
    }.ToDictionary(config => config.Name);

    private static IEnumerable<object[]> Variants => _variants.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void Score_OfAnImage_IsTheSameToTheBit_InEveryBatchAndWithAnyThreads(string variant)
    {
        var config = _variants[variant];
        // Of V2, this batch passes the response norm in more than one group.
        const int count = 13, height = 150, width = 165, each = 3 * height * width;
        var weights = Weights(config);
        var images = Pixels(count, height, width);
        using var alone = new ManagedScoringEngine(config, weights, new EngineOptions { ThreadCount = 1 });
        var expected = new float[count * Classes];
        for (int n = 0; n < count; n++) alone.Score(images.AsSpan(n * each, each), 1, height, width, expected.AsSpan(n * Classes, Classes));
        Assert.AreNotEqual(expected[0], expected[Classes]);
        foreach (int threads in new[] { 1, 2, 5 })
        {
            using var engine = new ManagedScoringEngine(config, weights, new EngineOptions { ThreadCount = threads });
            var logits = new float[expected.Length];
            engine.Score(images, count, height, width, logits);
            CollectionAssert.AreEqual(expected, logits, $"{config.Name}, {threads} threads");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void Training_IsTheSameToTheBit_WithAnyThreadsAndAnyPlan(string variant)
    {
        var config = _variants[variant];
        var expected = Train(config, threads: 1, planned: 48);
        foreach (var (threads, planned) in new[] { (2, 48), (5, 170) })
        {
            foreach (var (one, other) in expected.Tensors.Zip(Train(config, threads, planned).Tensors))
                CollectionAssert.AreEqual(one.Values, other.Values, $"{config.Name}: {one.Name}, {threads} threads, planned for {planned}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void TrainingEngine_ScoresLikeTheScoringEngine_AndHoldsTheMemoryItPlanned(string variant)
    {
        var config = _variants[variant];
        using var trainer = Trainer(config, threads: 2, planned: 48);
        long planned = trainer.WorkspaceBytes;
        trainer.AccumulateGradients(Batch(config));
        trainer.ApplyGradients(0.01);
        using var scorer = new ManagedScoringEngine(config, trainer.ExportWeights());
        var images = Pixels(3, 48, 40);
        float[] expected = new float[3 * Classes], actual = new float[expected.Length];
        scorer.Score(images, 3, 48, 40, expected);
        trainer.Score(images, 3, 48, 40, actual);
        CollectionAssert.AreEqual(expected, actual);
        Assert.AreEqual(planned, trainer.WorkspaceBytes);
    }

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void Score_AllocatesNothing_OnceABatchSizeWasSeen(string variant)
    {
        var config = _variants[variant];
        using var engine = new ManagedScoringEngine(config, Weights(config));
        var images = Pixels(4, 48, 40);
        var logits = new float[4 * Classes];
        for (int i = 0; i < 3; i++) engine.Score(images, 4, 48, 40, logits);
        long native = engine.WorkspaceBytes, before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++) engine.Score(images, 4, 48, 40, logits);
        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.AreEqual(native, engine.WorkspaceBytes);
    }

    [TestMethod]
    public void AnIsotropicNetwork_TakesImagesFrom16PixelsOn()
    {
        var config = new ConvNeXtConfig { Name = "isotropic", Depths = [1], Widths = [8], ClassCount = Classes };
        using var engine = new ManagedScoringEngine(config, Weights(config));
        engine.Score(Pixels(1, 16, 16), 1, 16, 16, new float[Classes]);
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => engine.Score(Pixels(1, 15, 16), 1, 15, 16, new float[Classes]));
        Assert.AreEqual((1, 2, 8), engine.FeatureMapShape(31, 32, 0));
    }

    [TestMethod]
    public void Features_OfAHiddenHead_AreItsHiddenLayer()
    {
        var config = _second with { HeadHiddenWidth = 44 };
        using var engine = new ManagedScoringEngine(config, Weights(config));
        Assert.AreEqual(44, engine.FeatureCount);
        float[] features = new float[2 * 44];
        engine.Featurize(Pixels(2, 48, 40), 2, 48, 40, features);
        Assert.IsTrue(features.All(value => value > -0.2f), "GELU is nowhere below -0.17.");
        Assert.IsTrue(features.Skip(44).Any(value => value > 0));
    }

    private static WeightSet Train(ConvNeXtConfig config, int threads, int planned)
    {
        using var engine = Trainer(config, threads, planned);
        for (int step = 0; step < 2; step++)
        {
            engine.AccumulateGradients(Batch(config));
            engine.ApplyGradients(0.01);
        }

        return engine.ExportWeights();
    }

    private static ManagedTrainingEngine Trainer(ConvNeXtConfig config, int threads, int planned) => new(new TrainingEngineSettings
    {
        Config = config,
        Weights = Weights(config),
        BatchSize = 5,
        Height = planned,
        Width = planned,
        Threads = threads,
        Rules = ParameterRules.Create(config, weightDecay: 0.05),
    });

    private static TrainingBatch Batch(ConvNeXtConfig config)
    {
        var random = new Random(9);
        return new TrainingBatch
        {
            Images = Pixels(5, 48, 40),
            Targets = [.. Enumerable.Range(0, 5 * Classes).Select(i => i % (Classes + 1) == 0 ? 1f : 0f)],
            DropPathDraws = [.. Enumerable.Range(0, 5 * config.Depths.Sum()).Select(_ => random.NextSingle())],
            Count = 5,
            Height = 48,
            Width = 40,
        };
    }

    // The official initial weights with visible values in place of zeros.
    private static WeightSet Weights(ConvNeXtConfig config)
    {
        var random = new Random(3);
        var weights = WeightInitializer.Create(config, seed: 3);
        foreach (var tensor in weights.Tensors)
        {
            var values = tensor.Values;
            for (int i = 0; i < values.Length; i++) values[i] += (random.NextSingle() - 0.5f) * 0.3f;
        }

        return weights;
    }

    private static float[] Pixels(int count, int height, int width)
    {
        var random = new Random(10);
        var pixels = new float[count * 3 * height * width];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (random.NextSingle() * 4) - 2;
        return pixels;
    }
}
