using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>Three AdamW steps over three tensors: two with rules of their own, with clipped gradients, and a frozen one between them.</summary>
internal sealed class AdamWCase : KernelCase
{
    private const float Clipping = 0.25f;

    private const double Rate = 0.01, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    public required int Count { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var results = new List<KernelResult>();
        var random = new Random(11);
        float[] p = Random(random, Count), gradients = Random(random, Count), g = new float[Count], m = new float[Count], v = new float[Count];
        double square = 0;
        double[] expected = Doubles(p), em = new double[Count], ev = new double[Count];
        int half = Count / 2, frozen = Count / 5, last = half + frozen;
        AdamWPiece[] pieces = [new AdamWPiece(0, half, 1, 0.05, 1), new AdamWPiece(half, frozen, 1, 0.05, 0), new AdamWPiece(last, Count - last, 0.5, 0, 4)];
        double* squares = stackalloc double[3];
        for (int step = 1; step <= 3; step++)
        {
            for (int i = 0; i < Count; i++)
            {
                g[i] = gradients[i] * step;
                if (i >= half && i < last) continue;
                var piece = pieces[i < half ? 0 : 2];
                AdamW.Reference(
                    ref expected[i], ref em[i], ref ev[i], Clipping * g[i], Rate * piece.LearningRateScale, piece.WeightDecay, Beta1, Beta2, Epsilon, (int)piece.Step);
                square += (double)g[i] * g[i];
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
                    GradientScale = Clipping,
                };
                GradientNorm.Squares<TLanes>(team, in operands, pieces.Length, squares);
                AdamW.Step<TLanes>(team, in operands, pieces.Length);
            }

            float actual = (float)(squares[0] + squares[2]);
            double squared = square;
            results.Add(new KernelResult($"squared norm of the gradients, step {step}", [actual], () => [squared]));
            Assert.AreEqual(0, squares[1], "squared norm of the frozen tensor");
            (square, pieces[0].Step, pieces[2].Step) = (0, pieces[0].Step + 1, pieces[2].Step + 1);
        }

        results.Add(new KernelResult("parameters", p, () => expected));
        results.Add(new KernelResult("first moments", m, () => em));
        results.Add(new KernelResult("second moments", v, () => ev));
        results.Add(new KernelResult("cleared gradients", g, () => new double[Count]));
        return results;
    }
}
