using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>Layer normalisation; backward against finite differences of the reference.</summary>
internal sealed class LayerNormCase : KernelCase
{
    public LayerNormCase() => Tolerance = 3e-6;

    public required int Rows { get; init; }

    public required int Channels { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var results = new List<KernelResult>();
        var random = new Random(2);
        int count = Rows * Channels;
        float[] x = Random(random, count), weight = Random(random, Channels), bias = Random(random, Channels), dy = Random(random, count);
        float[] y = new float[count], dx = new float[count], dWeight = new float[Channels], dBias = new float[Channels];
        var partials = new float[LayerNorm.PartialFloats(Rows, Channels)];
        fixed (float* px = x, pw = weight, pb = bias, pdy = dy, py = y, pdx = dx, pdw = dWeight, pdb = dBias, pp = partials)
        {
            LayerNorm.Forward<TLanes>(team, px, Rows, Channels, pw, pb, py);
            LayerNorm.Backward<TLanes>(team, px, pdy, Rows, Channels, pw, pdx, pp, pdw, pdb);
        }

        double[] xs = Doubles(x), ws = Doubles(weight), bs = Doubles(bias);
        results.Add(new KernelResult("y", y, () => Reference(xs, ws, bs)));

        // Rows are independent: differentiate the first alone.
        var first = dy[..Channels];
        results.Add(new KernelResult("dx of the first row", dx[..Channels], () => Differentiate(row => Reference(row, ws, bs), xs[..Channels], first)));
        results.Add(new KernelResult("dweight", dWeight, () => Differentiate(values => Reference(xs, values, bs), ws, dy)));
        results.Add(new KernelResult("dbias", dBias, () => Differentiate(values => Reference(xs, ws, values), bs, dy)));
        return results;
    }

    private double[] Reference(double[] x, double[] weight, double[] bias)
    {
        var y = new double[x.Length];
        LayerNorm.Reference(x, Channels, weight, bias, y);
        return y;
    }
}
