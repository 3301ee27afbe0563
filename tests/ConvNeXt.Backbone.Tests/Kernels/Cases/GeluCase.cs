using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>Exact GELU and its derivative; the derivative's reference is itself checked against finite differences.</summary>
internal sealed class GeluCase : KernelCase
{
    public required int Count { get; init; }

    /// <summary>Arguments lie in [-Range, Range].</summary>
    public required float Range { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var x = Random(new Random(7), Count, Range);
        float[] derivative = [.. x], value = new float[Count], quick = new float[Count];
        fixed (float* px = x, pd = derivative, pv = value, pq = quick)
        {
            Gelu.ValueAndDerivative<TLanes>(team, pd, pv, Count);
            for (int i = 0; i < Count; i += TLanes.Count) Gelu.QuickValue(TLanes.LoadUpTo(px + i, Count - i)).StoreUpTo(pq + i, Count - i);
        }

        // The polynomial is good to 1e-7; to that comes half a unit in the last place of values up to Range.
        double tolerance = 1.5e-7 + (Range * 6e-8);
        return
        [
            new KernelResult("value", value, () => [.. x.Select(each => Gelu.Reference(each))], tolerance),
            new KernelResult("quick value", quick, () => [.. x.Select(each => Gelu.Reference(each))], tolerance),
            new KernelResult("derivative", derivative, () => [.. x.Select(each => Gelu.ReferenceDerivative(each))], 4e-7),
            new KernelResult(
                "the reference's derivative",
                [.. x.Take(50).Select(each => (float)Gelu.ReferenceDerivative(each))],
                () => [.. x.Take(50).Select(each => (Gelu.Reference(each + 1e-5) - Gelu.Reference(each - 1e-5)) / 2e-5)],
                1e-6),
        ];
    }
}
