using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>
/// Global Response Normalization; backward against finite differences of the reference. A channel that is zero everywhere has norm 0, whose derivative counts as 0.
/// </summary>
internal sealed class ResponseNormCase : KernelCase
{
    public ResponseNormCase() => Tolerance = 4e-6;

    public required int Images { get; init; }

    public required int Pixels { get; init; }

    public required int Channels { get; init; }

    /// <summary>Largest value of x; the smaller, the more the epsilon counts.</summary>
    public float Range { get; init; } = 1;

    public bool HasZeroChannel { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var results = new List<KernelResult>();
        var random = new Random(12);
        int each = Pixels * Channels, count = Images * each;
        float[] x = Random(random, count, Range), gamma = Random(random, Channels), beta = Random(random, Channels, Range);
        float[] dy = Random(random, count), derivative = Random(random, count);
        if (HasZeroChannel)
            for (int i = 0; i < count; i += Channels) x[i] = 0;
        float[] y = new float[count], inPlace = [.. x], dx = [.. derivative], dGamma = new float[Channels], dBeta = new float[Channels];
        var statistics = new float[GlobalResponseNorm.StatisticsFloats(Images, Pixels, Channels)];
        fixed (float* px = x, pg = gamma, pb = beta, pdy = dy, py = y, pi = inPlace, pdx = dx, pdg = dGamma, pdb = dBeta, ps = statistics)
        {
            GlobalResponseNorm.Forward<TLanes>(team, pi, Images, Pixels, Channels, pg, pb, ps, pi);
            GlobalResponseNorm.Forward<TLanes>(team, px, Images, Pixels, Channels, pg, pb, ps, py);
            GlobalResponseNorm.Backward<TLanes>(team, px, pdy, Images, Pixels, Channels, pg, ps, pdx, pdg, pdb);
        }

        double[] xs = Doubles(x), gs = Doubles(gamma), bs = Doubles(beta);
        results.Add(new KernelResult("y", y, () => Reference(xs, gs, bs)));
        results.Add(new KernelResult("y in place", inPlace, () => Reference(xs, gs, bs)));

        // Images are independent: differentiate the last alone.
        int first = count - each;
        results.Add(new KernelResult("dx of the last image", dx[first..], () =>
        {
            var gradient = Differentiate(image => Reference(image, gs, bs), xs[first..], dy[first..], Range);
            for (int i = 0; i < each; i++) gradient[i] = derivative[first + i] * (HasZeroChannel && i % Channels == 0 ? dy[first + i] : gradient[i]);
            return gradient;
        }));
        results.Add(new KernelResult("dgamma", dGamma, () => Differentiate(values => Reference(xs, values, bs), gs, dy)));
        results.Add(new KernelResult("dbeta", dBeta, () => Differentiate(values => Reference(xs, gs, values), bs, dy)));
        return results;
    }

    private double[] Reference(double[] x, double[] gamma, double[] beta)
    {
        var y = new double[x.Length];
        GlobalResponseNorm.Reference(x, x.Length / (Pixels * Channels), Pixels, Channels, gamma, beta, y);
        return y;
    }
}
