using ConvNeXt.Backbone.Kernels.Convolution;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>Depthwise convolution; backward against finite differences of the reference.</summary>
internal sealed class DepthwiseCase : KernelCase
{
    public required int Images { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    public required int Channels { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var results = new List<KernelResult>();
        var random = new Random(3);
        int count = Images * Height * Width * Channels, taps = DepthwiseConvolution.Taps * Channels;
        float[] x = Random(random, count), kernel = Random(random, taps), bias = Random(random, Channels), dy = Random(random, count), shortcut = Random(random, count);
        float[] y = new float[count], dx = [.. shortcut], dKernel = new float[taps], dBias = new float[Channels], turned = new float[taps];
        var partials = new float[DepthwiseGradient.PartialFloats(Images, Channels)];
        var memory = new float[team.ThreadCount * DepthwiseConvolution.ScratchFloats<TLanes>(Width)];
        fixed (float* px = x, pk = kernel, pb = bias, pdy = dy, py = y, pdx = dx, pdk = dKernel, pdb = dBias, pt = turned, pp = partials, ps = memory)
        {
            var scratch = new Scratch(team, ps, DepthwiseConvolution.ScratchFloats<TLanes>(Width));
            DepthwiseConvolution.Forward<TLanes>(scratch, px, Images, Height, Width, Channels, pk, pb, py);
            DepthwiseConvolution.Turn(pk, Channels, pt);
            DepthwiseConvolution.Add<TLanes>(scratch, pdy, Images, Height, Width, Channels, pt, pdx);
            DepthwiseGradient.Accumulate<TLanes>(team, px, pdy, Images, Height, Width, Channels, pp, pdk, pdb);
        }

        double[] xs = Doubles(x), ks = Doubles(kernel), bs = Doubles(bias);
        results.Add(new KernelResult("y", y, () => Reference(xs, ks, bs)));

        // Finite differences in every element of a large case take long: the first pixels and the first taps, which lie at edges and inside.
        int some = Math.Min(count, 200), someTaps = Math.Min(taps, 200);
        results.Add(new KernelResult("dx", dx[..some], () =>
            [.. Differentiate(values => Reference([.. values, .. xs[some..]], ks, bs), xs[..some], dy).Zip(shortcut, (gradient, before) => gradient + before)]));
        results.Add(new KernelResult("dkernel", dKernel[..someTaps], () => Differentiate(values => Reference(xs, [.. values, .. ks[someTaps..]], bs), ks[..someTaps], dy)));
        results.Add(new KernelResult("dkernel, last", dKernel[^1..], () => Differentiate(values => Reference(xs, [.. ks[..^1], .. values], bs), ks[^1..], dy)));
        results.Add(new KernelResult("dbias", dBias, () => Differentiate(values => Reference(xs, ks, values), bs, dy)));
        return results;
    }

    private double[] Reference(double[] x, double[] kernel, double[] bias)
    {
        var y = new double[x.Length];
        DepthwiseConvolution.Reference(x, Images, Height, Width, Channels, kernel, bias, y);
        return y;
    }
}
