using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>Global average pooling.</summary>
internal sealed class PoolCase : KernelCase
{
    public required int Images { get; init; }

    public required int Pixels { get; init; }

    public required int Channels { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var results = new List<KernelResult>();
        var random = new Random(6);
        float[] x = Random(random, Images * Pixels * Channels), dy = Random(random, Images * Channels), y = new float[dy.Length], dx = new float[x.Length];
        fixed (float* px = x, pdy = dy, py = y, pdx = dx)
        {
            GlobalAveragePool.Forward<TLanes>(team, px, Images, Pixels, Channels, py);
            GlobalAveragePool.Backward<TLanes>(team, pdy, Images, Pixels, Channels, pdx);
        }

        var expected = new double[y.Length];
        GlobalAveragePool.Reference(Doubles(x), Images, Pixels, Channels, expected);
        results.Add(new KernelResult("y", y, () => expected));
        results.Add(new KernelResult("dx", dx, () => [.. dx.Select((_, i) => (double)dy[(i / (Pixels * Channels) * Channels) + (i % Channels)] / Pixels)]));
        return results;
    }
}
