using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Tests.Engines.Managed;

/// <summary>Many callers of one engine.</summary>
[TestClass]
public sealed class ConcurrentScoringTests
{
    private static readonly ConvNeXtConfig _small = new() { Name = "small", Depths = [1, 1, 1, 1], Widths = [8, 16, 24, 32], ClassCount = 5 };

    [TestMethod]
    public void ManyCallers_GetTheirOwnResults_BitByBit_WithNoMoreMemoryThanTheCoresNeed()
    {
        const int callers = 16, rounds = 40, size = 64, batch = 3;
        using var engine = new ManagedScoringEngine(_small, WeightInitializer.Create(_small, seed: 1));
        long weights = engine.WorkspaceBytes;
        float[] together = EngineInputs.Pixels(batch, size, size);
        var expected = new float[batch * _small.ClassCount];
        engine.Score(together, batch, size, size, expected);
        long each = engine.WorkspaceBytes - weights;
        int wrong = 0;
        Thread[] threads = [.. Enumerable.Range(0, callers).Select(caller => new Thread(() =>
        {
            int image = caller % batch, floats = 3 * size * size;
            var alone = new float[_small.ClassCount];
            var all = new float[expected.Length];
            for (int round = 0; round < rounds; round++)
            {
                engine.Score(together.AsSpan(image * floats, floats), 1, size, size, alone);
                if (!alone.AsSpan().SequenceEqual(expected.AsSpan(image * _small.ClassCount, _small.ClassCount))) Interlocked.Increment(ref wrong);
                engine.Score(together, batch, size, size, all);
                if (!all.AsSpan().SequenceEqual(expected)) Interlocked.Increment(ref wrong);
            }
        }))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.AreEqual(0, wrong);
        Assert.IsTrue(engine.WorkspaceBytes - weights <= (Environment.ProcessorCount + BatchScorer.SparePlaces) * each, $"{engine.WorkspaceBytes - weights} bytes for workspaces of {each}");
    }
}
