using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Engines;

[TestClass]
public sealed class EngineContractTests
{
    private static readonly ConvNeXtConfig _small = new() { Name = "small", Depths = [1, 2, 1, 1], Widths = [12, 20, 40, 72], ClassCount = 7, DropPathRate = 0.3f };

    [TestMethod]
    public void FeatureMaps_OfABatch_AreThoseOfItsImages_AndOfAStageThatIsNotThereAreRefused()
    {
        const int count = 3, height = 40, width = 52;
        using var engine = new ManagedScoringEngine(_small, WeightInitializer.Create(_small, seed: 3));
        var images = EngineInputs.Pixels(count, height, width);
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

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => engine.FeatureMap(images, count, height, width, 4, all));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => engine.FeatureMap(images, count, height, width, 1, one)).Message, "1800 results, 600 each, but there is room for 600");
    }

    [TestMethod]
    public void Score_FromManyThreadsAtOnce_GivesWhatOneThreadGets()
    {
        const int size = 32;
        using var engine = new ManagedScoringEngine(_small, WeightInitializer.Create(_small, seed: 4));
        var images = EngineInputs.Pixels(8, size, size);
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
    public void Score_OfALargeBatch_TakesTheMemoryOfAPart()
    {
        const int size = 64;
        using var engine = new ManagedScoringEngine(_small, WeightInitializer.Create(_small, seed: 6));
        engine.Score(EngineInputs.Pixels(32, size, size), 32, size, size, new float[32 * _small.ClassCount]);
        long bytes = engine.WorkspaceBytes;
        engine.Score(EngineInputs.Pixels(320, size, size), 320, size, size, new float[320 * _small.ClassCount]);
        Assert.AreEqual(bytes, engine.WorkspaceBytes);
    }

    [TestMethod]
    public void Score_SaysWhichSizeIsWrong()
    {
        using var engine = new ManagedScoringEngine(_small, WeightInitializer.Create(_small, seed: 7));
        var logits = new float[_small.ClassCount];
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => engine.Score(EngineInputs.Pixels(1, 31, 64), 1, 31, 64, logits));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => engine.Score(new float[99], 1, 32, 32, logits)).Message, "3072 values, but there are 99");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => engine.Score(EngineInputs.Pixels(2, 32, 32), 2, 32, 32, logits)).Message, "14 results, 7 each, but there is room for 7");
        engine.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => engine.Score(EngineInputs.Pixels(1, 32, 32), 1, 32, 32, logits));
    }

    [TestMethod]
    public void Dispose_WhileThreadsScore_LetsTheirCallsEnd_AndRefusesLaterOnes()
    {
        const int size = 32, threads = 8, engines = 25;
        var weights = WeightInitializer.Create(_small, seed: 8);
        var images = EngineInputs.Pixels(1, size, size);
        var expected = new float[_small.ClassCount];
        using (var engine = new ManagedScoringEngine(_small, weights)) engine.Score(images, 1, size, size, expected);

        for (int round = 0; round < engines; round++)
        {
            var engine = new ManagedScoringEngine(_small, weights);
            using var started = new CountdownEvent(threads);
            Task<int>[] scoring = [.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(ScoreUntilDisposed, TaskCreationOptions.LongRunning))];
            Assert.IsTrue(started.Wait(TimeSpan.FromMinutes(2)));
            engine.Dispose();
            engine.Dispose();
            Task.WaitAll(scoring);
            Assert.IsTrue(scoring.All(task => task.Result > 0));

            int ScoreUntilDisposed()
            {
                var logits = new float[_small.ClassCount];
                for (int calls = 0; ; calls++)
                {
                    Array.Clear(logits);
                    try
                    {
                        engine.Score(images, 1, size, size, logits);
                    }
                    catch (ObjectDisposedException e)
                    {
                        Assert.AreEqual(typeof(ManagedScoringEngine).FullName, e.ObjectName);
                        return calls;
                    }

                    CollectionAssert.AreEqual(expected, logits);
                    if (calls == 0) started.Signal();
                }
            }
        }
    }

    [TestMethod]
    public void ATrainingEngineThatIsDisposed_RefusesEveryCall()
    {
        var engine = EngineInputs.Trainer(_small, 2);
        WeightSet weights = engine.ExportWeights();
        var state = engine.ExportState();
        engine.Dispose();
        engine.Dispose();
        Action[] calls =
        [
            () => engine.AccumulateGradients(EngineInputs.Batch(_small, 5)),
            () => engine.ApplyGradients(new OptimizerStep(0.1)),
            () => engine.Score(EngineInputs.Pixels(1, 32, 32), 1, 32, 32, new float[_small.ClassCount]),
            () => engine.ExportWeights(),
            () => engine.ExportWeights(weights),
            () => engine.ExportGradients(),
            () => engine.ImportWeights(weights),
            () => engine.ExportState(),
            () => engine.ImportState(state),
            () => engine.SetFrozen(new HashSet<string> { "norm.weight" }),
        ];
        foreach (Action call in calls) Assert.ThrowsExactly<ObjectDisposedException>(call);
    }

    [TestMethod]
    public void Training_AbandonedBetweenLayers_ClearsGradientsAndKeepsWeights()
    {
        using var engine = EngineInputs.Trainer(_small, 2);
        var before = engine.ExportWeights();
        engine.AccumulateGradients(EngineInputs.Batch(_small, 5));
        int calls = 0;
        engine.AccumulateGradients(EngineInputs.Batch(_small, 5), () => calls++);
        Assert.AreEqual(2 * _small.Depths.Sum(), calls);
        foreach (int last in new[] { 1, calls })
        {
            int left = last;
            Assert.ThrowsExactly<OperationCanceledException>(() => engine.AccumulateGradients(EngineInputs.Batch(_small, 5), () =>
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
        using var engine = EngineInputs.Trainer(_small, 2);
        engine.AccumulateGradients(EngineInputs.Batch(_small, 5));
        var once = engine.ExportGradients();
        engine.AccumulateGradients(EngineInputs.Batch(_small, 5, scale: 2));
        foreach (var (one, three) in once.Tensors.Zip(engine.ExportGradients().Tensors))
            Assert.IsTrue(GoldenNetwork.RelativeDistance([.. one.Values.Select(value => 3 * value)], three.Values) < 1e-5, one.Name);
    }

    [TestMethod]
    public void ABatch_LargerThanPlanned_IsRefused()
    {
        using var engine = EngineInputs.Trainer(_small, 1);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => engine.AccumulateGradients(EngineInputs.Batch(_small, 6))).Message, "6 images; the engine was planned for 1 to 5");
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
        string message = Assert.ThrowsExactly<WeightMismatchException>(() => new ManagedScoringEngine(_small, weights)).Message;
        StringAssert.Contains(message, "tensor 'stages.1.0.gamma' is missing, the configuration wants [20]");
        StringAssert.Contains(message, "tensor 'stages.2.0.dwconv.weight' is [40,1,5,5], the configuration wants [40,1,7,7]");
        StringAssert.Contains(message, "tensor 'head.scale' [7] is not part of the configuration");
    }
}
