using ConvNeXt.Backbone.Kernels;

namespace ConvNeXt.Tests.Kernels;

/// <summary>Three AdamW steps over two tensors with rules of their own.</summary>
internal sealed class AdamWCase : KernelCase
{
    private const double Rate = 0.01, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    public required int Count { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var results = new List<KernelResult>();
        var random = new Random(11);
        float[] p = Random(random, Count), gradients = Random(random, Count), g = new float[Count], m = new float[Count], v = new float[Count];
        double[] expected = Doubles(p), em = new double[Count], ev = new double[Count];
        int half = Count / 2;
        AdamWPiece[] pieces = [new AdamWPiece(0, half, 1, 0.05), new AdamWPiece(half, Count - half, 0.5, 0)];
        for (int step = 1; step <= 3; step++)
        {
            for (int i = 0; i < Count; i++)
            {
                g[i] = gradients[i] * step;
                var piece = pieces[i < half ? 0 : 1];
                AdamW.Reference(ref expected[i], ref em[i], ref ev[i], g[i], Rate * piece.LearningRateScale, piece.WeightDecay, Beta1, Beta2, Epsilon, step);
            }

            fixed (float* pp = p, pg = g, pm = m, pv = v)
            fixed (AdamWPiece* ps = pieces)
            {
                var operands = new AdamWStep
                {
                    Parameters = pp,
                    Gradients = pg,
                    FirstMoments = pm,
                    SecondMoments = pv,
                    Pieces = ps,
                    LearningRate = Rate,
                    Beta1 = Beta1,
                    Beta2 = Beta2,
                    Epsilon = Epsilon,
                    Correction1 = 1 - Math.Pow(Beta1, step),
                    Correction2 = 1 - Math.Pow(Beta2, step),
                };
                AdamW.Step<TLanes>(team, in operands, pieces.Length);
            }
        }

        results.Add(new KernelResult("parameters", p, () => expected));
        results.Add(new KernelResult("first moments", m, () => em));
        results.Add(new KernelResult("second moments", v, () => ev));
        results.Add(new KernelResult("cleared gradients", g, () => new double[Count]));
        return results;
    }
}
