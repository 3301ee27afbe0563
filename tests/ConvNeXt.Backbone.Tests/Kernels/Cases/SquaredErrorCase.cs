using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>Mean squared error and its gradient.</summary>
internal sealed class SquaredErrorCase : KernelCase
{
    private const double Scale = 0.3;

    public required int Count { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var random = new Random(14);
        float[] y = Random(random, Count, 2f), targets = Random(random, Count), gradient = new float[Count];
        double[] partials = new double[SquaredError.PartialCount(Count)], expected = new double[Count];
        double loss, expectedLoss = SquaredError.Reference(Doubles(y), Doubles(targets), Scale, expected);
        fixed (float* py = y, pt = targets, pg = gradient)
        fixed (double* pp = partials) loss = SquaredError.Run<TLanes>(team, py, pt, Count, Scale, pg, pp);
        return [new KernelResult("loss", [(float)loss], () => [expectedLoss]), new KernelResult("gradient", gradient, () => expected, 2e-6 * expected.Max(Math.Abs))];
    }
}
