using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Tests.Engines.Managed;

[TestClass]
public sealed class ScoringMemoryTests
{
    private static readonly ConvNeXtConfig _small = new() { Name = "small", Depths = [1, 1, 1, 1], Widths = [4, 8, 12, 16], ClassCount = 3 };

    [TestMethod]
    public void WorkspacesOfABurst_AreFreed_WhenTheyWereIdleForSomeSeconds()
    {
        const int size = 32, callers = 4;
        var time = new ManualTime();
        using var network = Network.Create(_small, forTraining: false, SimdSupport.Best);
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
        const int most = 1000; // the collector takes its time where it has just run
        var plan = new ArenaPlan();
        plan.Add(4 << 20);
        var arenas = new List<WeakReference>();
        while (arenas.Count < most && arenas.All(arena => arena.IsAlive))
        {
            Allocate();
            Thread.Sleep(10);
        }

        Assert.IsTrue(arenas.Any(arena => !arena.IsAlive), $"none of {most} arenas of 16 MB was collected");

        [MethodImpl(MethodImplOptions.NoInlining)]
        void Allocate() => arenas.Add(new WeakReference(new NativeArena(plan)));
    }
}
