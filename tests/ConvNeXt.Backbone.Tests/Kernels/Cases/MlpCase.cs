using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>The fused second half of a block against its parts' references; with several threads few rows go the other way, and must come out the same.</summary>
internal sealed class MlpCase : KernelCase
{
    public MlpCase() => Tolerance = 5e-6;

    public required int Rows { get; init; }

    public required int Channels { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var results = new List<KernelResult>();
        var random = new Random(9);
        int c = Channels, wide = FusedMlp.Expansion * c, count = Rows * c;
        float[] d = Random(random, count), x = Random(random, count), normWeight = Random(random, c), normBias = Random(random, c), gamma = Random(random, c);
        float[] w1 = Random(random, wide * c, 0.5f), b1 = Random(random, wide), w2 = Random(random, wide * c, 0.5f), b2 = Random(random, c);
        float[] panels1 = Pack<TLanes>(w1, wide, c), panels2 = Pack<TLanes>(w2, c, wide);
        float[] y = new float[count], kept = new float[Rows * wide];
        float[] scratch = new float[team.ThreadCount * FusedMlp.ScratchFloats(c)], hidden = new float[FusedMlp.HiddenFloats(team, Rows, c) + 1];
        fixed (float* pd = d, px = x, pnw = normWeight, pnb = normBias, pg = gamma, pw1 = panels1, pb1 = b1, pw2 = panels2, pb2 = b2, py = y, pk = kept, ps = scratch, ph = hidden)
        {
            var operands = new MlpOperands<TLanes>
            {
                Channels = c,
                NormWeight = pnw,
                NormBias = pnb,
                Weight1 = pw1,
                Bias1 = pb1,
                Weight2 = pw2,
                PreActivation = pk,
                Residual = new ResidualEpilogue<TLanes> { Bias = pb2, Gamma = pg, RowsPerImage = Rows, Input = px, Output = py, Stride = c },
            };
            FusedMlp.Forward(new Scratch(team, ps, FusedMlp.ScratchFloats(c)), in operands, pd, Rows, ph);
        }

        double[] normalised = new double[count], first = new double[Rows * wide], second = new double[count];
        LayerNorm.Reference(Doubles(d), c, Doubles(normWeight), Doubles(normBias), normalised);
        MatrixProduct.Reference([.. normalised.Select(value => (float)value)], w1, Rows, c, wide, first);
        for (int i = 0; i < first.Length; i++) first[i] += b1[i % wide];
        MatrixProduct.Reference([.. first.Select(value => (float)Gelu.Reference(value))], w2, Rows, wide, c, second);
        for (int i = 0; i < count; i++) second[i] += b2[i % c];
        results.Add(new KernelResult("pre-activation", kept, () => first));
        results.Add(new KernelResult("y", y, () => [.. second.Select((value, i) => x[i] + (gamma[i % c] * value))]));
        return results;
    }
}
