using ConvNeXt.Backbone.Kernels;

namespace ConvNeXt.Tests.Kernels;

/// <summary>Backward of keep[image] * (gamma * z) against finite differences.</summary>
internal sealed class BranchCase : KernelCase
{
    public required int Images { get; init; }

    public required int Pixels { get; init; }

    public required int Channels { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var results = new List<KernelResult>();
        var random = new Random(8);
        int rows = Images * Pixels, count = rows * Channels;
        float[] z = Random(random, count), dy = Random(random, count), gamma = Random(random, Channels), keep = [.. Enumerable.Range(0, Images).Select(image => image % 2 * 1.25f)];
        keep[0] = 2f;
        float[] dz = new float[count], dGamma = new float[Channels], dBias = new float[Channels], partials = new float[BranchBackward.PartialFloats(rows, Channels)];
        fixed (float* pz = z, pdy = dy, pg = gamma, pk = keep, pdz = dz, pdg = dGamma, pdb = dBias, pp = partials)
            BranchBackward.Run<TLanes>(team, pdy, pz, rows, Channels, pg, pk, Pixels, pdz, pp, pdg, pdb);

        int some = Math.Min(count, 60);
        double[] zs = Doubles(z), gs = Doubles(gamma), zero = new double[Channels];
        results.Add(new KernelResult("dz", dz[..some], () => Differentiate(values => Reference([.. values, .. zs[some..]], gs, zero, keep), zs[..some], dy)));
        results.Add(new KernelResult("dgamma", dGamma, () => Differentiate(values => Reference(zs, values, zero, keep), gs, dy)));
        results.Add(new KernelResult("dbias", dBias, () => Differentiate(values => Reference(zs, gs, values, keep), zero, dy)));
        return results;
    }

    private double[] Reference(double[] z, double[] gamma, double[] bias, float[] keep) =>
        [.. z.Select((value, i) => keep[i / (Pixels * Channels)] * gamma[i % Channels] * (value + bias[i % Channels]))];
}
