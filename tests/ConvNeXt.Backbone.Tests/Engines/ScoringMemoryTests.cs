using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Tests.Engines;

[TestClass]
public sealed class ScoringMemoryTests
{
    private static readonly ConvNeXtConfig _small = new() { Name = "small", Depths = [1, 1, 1, 1], Widths = [4, 8, 12, 16], ClassCount = 3 };

    [TestMethod]
    public void WorkspacesOfABurst_AreFreed_WhenTheyWereIdleForSomeSeconds()
    {
        const int size = 32, callers = 4;
        var time = new ManualTime();
        using var network = Network.Create(_small, forTraining: false, ConvNeXt.Backbone.Kernels.Lanes.SimdSupport.Best);
        network.Parameters.Import(WeightInitializer.Create(_small, seed: 1));
        var team = new WorkerTeam(1);
        network.Fold(team);
        using var scorer = new BatchScorer(network, team, time);
        float[] images = EngineInputs.Pixels(1, size, size);
        ScoreOnce();
        long one = scorer.Bytes;

        Burst(callers);
        long kept = scorer.Bytes;
        Assert.IsTrue(kept >= 2 * one, "workspaces stay for the next calls");
        time.Advance(BatchScorer.IdleTime / 2);
        Assert.AreEqual(kept, scorer.Bytes);
        time.Advance(BatchScorer.IdleTime / 2);
        Assert.AreEqual(BatchScorer.AlwaysKept * one, scorer.Bytes);
        time.Advance(BatchScorer.IdleTime * 2);
        Assert.AreEqual(BatchScorer.AlwaysKept * one, scorer.Bytes);
        ScoreOnce();
        Assert.AreEqual(BatchScorer.AlwaysKept * one, scorer.Bytes);

        void ScoreOnce() => scorer.Run(images, 1, size, size, [], new float[_small.ClassCount]);

        void Burst(int count)
        {
            var rented = Enumerable.Range(0, count).Select(_ => scorer.Rent(network.MeasureScoring(team, 1, size, size))).ToArray();
            foreach (var workspace in rented) scorer.Return(workspace);
        }
    }

    [TestMethod]
    public void ArenasThatAreDropped_AreFreed_ThoughNothingElseIsAllocated()
    {
        const int count = 64;
        var plan = new ArenaPlan();
        plan.Add(16 << 20);
        var arenas = new WeakReference[count];
        for (int i = 0; i < count; i++) Allocate(i);
        int alive = count;
        for (long started = Stopwatch.GetTimestamp(); alive >= count / 2 && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30); Thread.Sleep(10))
            alive = arenas.Count(arena => arena.IsAlive);
        Assert.IsTrue(alive < count / 2, $"{alive} of {count} arenas of 64 MB were never collected");

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        void Allocate(int i) => arenas[i] = new WeakReference(new NativeArena(plan));
    }
}
