using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Engines;

[TestClass]
public sealed class EngineContractTests
{
    private static readonly ConvNeXtConfig _small = new() { Name = "small", Depths = [1, 2, 1, 1], Widths = [12, 20, 40, 72], ClassCount = 7, DropPathRate = 0.3f };

    [TestMethod]
    public void Score_OfAnImage_IsTheSameToTheBit_InEveryBatchAndWithAnyThreads()
    {
        const int count = 37, height = 40, width = 52;
        var weights = WeightInitializer.Create(_small, seed: 3);
        var images = Pixels(count, height, width);
        using var reference = new ManagedScoringEngine(_small, weights, new EngineOptions { ThreadCount = 1 });
        var expected = new float[count * _small.ClassCount];
        for (int n = 0; n < count; n++)
            reference.Score(images.AsSpan(n * 3 * height * width, 3 * height * width), 1, height, width, expected.AsSpan(n * _small.ClassCount, _small.ClassCount));
        Assert.AreNotEqual(expected[0], expected[_small.ClassCount]);
        foreach (int threads in new[] { 1, 2, 5 })
        {
            using var engine = new ManagedScoringEngine(_small, weights, new EngineOptions { ThreadCount = threads });
            var logits = new float[expected.Length];
            engine.Score(images, count, height, width, logits);
            CollectionAssert.AreEqual(expected, logits, $"{threads} threads");
        }
    }

    [TestMethod]
    public void FeatureMaps_OfABatch_AreThoseOfItsImages_AndOfAStageThatIsNotThereAreRefused()
    {
        const int count = 3, height = 40, width = 52;
        using var engine = new ManagedScoringEngine(_small, WeightInitializer.Create(_small, seed: 3));
        var images = Pixels(count, height, width);
        var shape = engine.FeatureMapShape(height, width, 1);
        Assert.AreEqual((5, 6, 20), shape);
        int each = 5 * 6 * 20;
        float[] all = new float[count * each], one = new float[each];
        engine.FeatureMap(images, count, height, width, 1, all);
        for (int n = 0; n < count; n++)
        {
            engine.FeatureMap(images.AsSpan(n * 3 * height * width, 3 * height * width), 1, height, width, 1, one);
            CollectionAssert.AreEqual(one, all[(n * each)..((n + 1) * each)]);
        }

        Assert.ThrowsException<ArgumentOutOfRangeException>(() => engine.FeatureMap(images, count, height, width, 4, all));
        StringAssert.Contains(Assert.ThrowsException<ArgumentException>(() => engine.FeatureMap(images, count, height, width, 1, one)).Message, "1800 results, 600 each, but there is room for 600");
    }

    [TestMethod]
    public void Score_FromManyThreadsAtOnce_GivesWhatOneThreadGets()
    {
        const int size = 32;
        using var engine = new ManagedScoringEngine(_small, WeightInitializer.Create(_small, seed: 4));
        var images = Pixels(8, size, size);
        var expected = new float[8 * _small.ClassCount];
        engine.Score(images, 8, size, size, expected);
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            int n = i % 8;
            var logits = new float[_small.ClassCount];
            engine.Score(images.AsSpan(n * 3 * size * size, 3 * size * size), 1, size, size, logits);
            CollectionAssert.AreEqual(expected.AsSpan(n * _small.ClassCount, _small.ClassCount).ToArray(), logits);
        });
    }

    [TestMethod]
    public void Score_AllocatesNothing_OnceABatchSizeWasSeen()
    {
        const int count = 5, size = 64;
        using var engine = new ManagedScoringEngine(_small, WeightInitializer.Create(_small, seed: 5));
        var images = Pixels(count, size, size);
        var logits = new float[count * _small.ClassCount];
        for (int i = 0; i < 3; i++) engine.Score(images, count, size, size, logits);
        long native = engine.WorkspaceBytes, before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++) engine.Score(images, count, size, size, logits);
        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.AreEqual(native, engine.WorkspaceBytes);
    }

    [TestMethod]
    public void Score_OfALargeBatch_TakesTheMemoryOfAPart()
    {
        const int size = 64;
        using var engine = new ManagedScoringEngine(_small, WeightInitializer.Create(_small, seed: 6));
        engine.Score(Pixels(32, size, size), 32, size, size, new float[32 * _small.ClassCount]);
        long bytes = engine.WorkspaceBytes;
        engine.Score(Pixels(320, size, size), 320, size, size, new float[320 * _small.ClassCount]);
        Assert.AreEqual(bytes, engine.WorkspaceBytes);
    }

    [TestMethod]
    public void Score_SaysWhichSizeIsWrong()
    {
        using var engine = new ManagedScoringEngine(_small, WeightInitializer.Create(_small, seed: 7));
        var logits = new float[_small.ClassCount];
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => engine.Score(Pixels(1, 31, 64), 1, 31, 64, logits));
        StringAssert.Contains(Assert.ThrowsException<ArgumentException>(() => engine.Score(new float[99], 1, 32, 32, logits)).Message, "3072 values, but there are 99");
        StringAssert.Contains(Assert.ThrowsException<ArgumentException>(() => engine.Score(Pixels(2, 32, 32), 2, 32, 32, logits)).Message, "14 results, 7 each, but there is room for 7");
        engine.Dispose();
        Assert.ThrowsException<ObjectDisposedException>(() => engine.Score(Pixels(1, 32, 32), 1, 32, 32, logits));
    }

    [TestMethod]
    public void Training_IsTheSameToTheBit_WithAnyThreads()
    {
        WeightSet Train(int threads)
        {
            using var engine = Trainer(threads);
            for (int step = 0; step < 3; step++)
            {
                engine.AccumulateGradients(Batch(5));
                engine.AccumulateGradients(Batch(2));
                engine.ApplyGradients(0.01);
            }

            return engine.ExportWeights();
        }

        var expected = Train(1);
        foreach (int threads in new[] { 2, 5 })
            foreach (var (one, other) in expected.Tensors.Zip(Train(threads).Tensors)) CollectionAssert.AreEqual(one.Values, other.Values, $"{one.Name}, {threads} threads");
    }

    [TestMethod]
    public void Training_AbandonedBetweenLayers_ClearsGradientsAndKeepsWeights()
    {
        using var engine = Trainer(2);
        var before = engine.ExportWeights();
        engine.AccumulateGradients(Batch(5));
        int calls = 0;
        engine.AccumulateGradients(Batch(5), () => calls++);
        Assert.AreEqual(2 * _small.Depths.Sum(), calls);
        foreach (int last in new[] { 1, calls })
        {
            int left = last;
            Assert.ThrowsException<OperationCanceledException>(() => engine.AccumulateGradients(Batch(5), () =>
            {
                if (--left == 0) throw new OperationCanceledException();
            }));
            Assert.IsTrue(engine.ExportGradients().Tensors.All(tensor => tensor.Values.All(value => value == 0)));
        }

        foreach (var (one, other) in before.Tensors.Zip(engine.ExportWeights().Tensors)) CollectionAssert.AreEqual(one.Values, other.Values);
    }

    [TestMethod]
    public void Gradients_OfTwoBatches_AddUp()
    {
        using var engine = Trainer(2);
        engine.AccumulateGradients(Batch(5));
        var once = engine.ExportGradients();
        engine.AccumulateGradients(Batch(5, scale: 2));
        foreach (var (one, three) in once.Tensors.Zip(engine.ExportGradients().Tensors))
            Assert.IsTrue(GoldenNetwork.RelativeDistance([.. one.Values.Select(value => 3 * value)], three.Values) < 1e-5, one.Name);
    }

    [TestMethod]
    public void Training_HoldsExactlyTheMemoryItPlanned()
    {
        using var engine = Trainer(2);
        long planned = engine.WorkspaceBytes;
        engine.AccumulateGradients(Batch(5));
        engine.ApplyGradients(0.01);
        engine.Score(Pixels(5, 48, 40), 5, 48, 40, new float[5 * _small.ClassCount]);
        Assert.AreEqual(planned, engine.WorkspaceBytes);

        // Weights, gradients and two moments, at the least.
        Assert.IsTrue(planned > 16 * NetworkCost.Parameters(_small));
    }

    [TestMethod]
    public void TrainingEngine_ScoresLikeTheScoringEngine()
    {
        using var trainer = Trainer(2);
        trainer.AccumulateGradients(Batch(5));
        trainer.ApplyGradients(0.01);
        using var scorer = new ManagedScoringEngine(_small, trainer.ExportWeights());
        var images = Pixels(3, 48, 40);
        float[] expected = new float[3 * _small.ClassCount], actual = new float[expected.Length];
        scorer.Score(images, 3, 48, 40, expected);
        trainer.Score(images, 3, 48, 40, actual);
        CollectionAssert.AreEqual(expected, actual);
    }

    [TestMethod]
    public void ABatch_LargerThanPlanned_IsRefused()
    {
        using var engine = Trainer(1);
        StringAssert.Contains(Assert.ThrowsException<ArgumentException>(() => engine.AccumulateGradients(Batch(6))).Message, "6 images; the engine was planned for 1 to 5");
    }

    [TestMethod]
    public void Weights_ThatDoNotFit_AreAllNamedAtOnce()
    {
        var weights = new WeightSet();
        foreach (var tensor in WeightInitializer.Create(_small, seed: 1).Tensors)
        {
            if (tensor.Name == "stages.1.0.gamma") continue;
            weights.Add(tensor.Name == "stages.2.0.dwconv.weight" ? new WeightTensor(tensor.Name, [40, 1, 5, 5], new float[1000]) : tensor);
        }

        weights.Add(new WeightTensor("head.scale", [7], new float[7]));
        string message = Assert.ThrowsException<WeightMismatchException>(() => new ManagedScoringEngine(_small, weights)).Message;
        StringAssert.Contains(message, "tensor 'stages.1.0.gamma' is missing, the configuration wants [20]");
        StringAssert.Contains(message, "tensor 'stages.2.0.dwconv.weight' is [40,1,5,5], the configuration wants [40,1,7,7]");
        StringAssert.Contains(message, "tensor 'head.scale' [7] is not part of the configuration");
    }

    private static ManagedTrainingEngine Trainer(int threads) => new(new TrainingEngineSettings
    {
        Config = _small,
        Weights = WeightInitializer.Create(_small, seed: 8),
        BatchSize = 5,
        Height = 48,
        Width = 40,
        Threads = threads,
        Rules = ParameterRules.Create(_small, weightDecay: 0.05),
    });

    private static TrainingBatch Batch(int count, float scale = 1)
    {
        var random = new Random(9);
        return new TrainingBatch
        {
            Images = Pixels(count, 48, 40),
            Targets = [.. Enumerable.Range(0, count * _small.ClassCount).Select(i => i % (_small.ClassCount + 1) == 0 ? 1f : 0f)],
            DropPathDraws = [.. Enumerable.Range(0, count * _small.Depths.Sum()).Select(_ => random.NextSingle())],
            Count = count,
            Height = 48,
            Width = 40,
            GradientScale = scale,
        };
    }

    private static float[] Pixels(int count, int height, int width)
    {
        var random = new Random(10);
        var pixels = new float[count * 3 * height * width];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (random.NextSingle() * 4) - 2;
        return pixels;
    }
}
