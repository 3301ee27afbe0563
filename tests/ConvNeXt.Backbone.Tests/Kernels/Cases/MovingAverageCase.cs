using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>A moving average that takes in three sets of values.</summary>
internal sealed class MovingAverageCase : KernelCase
{
    private const double Decay = 0.97;

    public required int Count { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var random = new Random(12);
        float[] average = Random(random, Count);
        double[] expected = Doubles(average);
        for (int step = 0; step < 3; step++)
        {
            float[] values = Random(random, Count);
            for (int i = 0; i < Count; i++) expected[i] = (Decay * expected[i]) + ((1 - Decay) * values[i]);
            fixed (float* a = average, v = values) MovingAverage.Update<TLanes>(team, a, v, Count, Decay);
        }

        return [new KernelResult("average", average, () => expected)];
    }
}
