using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>Backward of keep[image] * gamma * (W h + b) to its parameters, and to h through the scaled transposed weight, against finite differences.</summary>
internal sealed class LayerScaleCase : KernelCase
{
    public LayerScaleCase() => Tolerance = 5e-6;

    public required int Images { get; init; }

    public required int Pixels { get; init; }

    public required int Inputs { get; init; }

    public required int Outputs { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var random = new Random(8);
        int rows = Images * Pixels;
        float[] h = Random(random, rows * Inputs), dy = Random(random, rows * Outputs), w = Random(random, Outputs * Inputs), b = Random(random, Outputs), gamma = Random(random, Outputs);
        float[] keep = [.. Enumerable.Range(0, Images).Select(image => image % 2 * 1.25f)];
        keep[0] = 2f;
        float[] panels = Pack<TLanes>(w, Outputs, Inputs), kept = new float[dy.Length], product = new float[panels.Length], sums = new float[Outputs];
        float[] dW = new float[panels.Length], dB = new float[Outputs], dGamma = new float[Outputs], dh = new float[h.Length];
        float[] transposed = new float[Panels.Size<TLanes>(Inputs, Outputs)];
        long scratchFloats = Math.Max(WeightGradient.ScratchFloats<TLanes>(), ColumnSums.PartialFloats(rows, Outputs));
        float[] scratch = new float[team.ThreadCount * scratchFloats];
        fixed (float* ph = h, pdy = dy, pw = panels, pb = b, pg = gamma, pk = keep, pkept = kept, pp = product, ps = sums, pdw = dW, pdb = dB, pdg = dGamma, pt = transposed, pdh = dh, pscratch = scratch)
        {
            ImageScale.Run<TLanes>(team, pdy, Images, (long)Pixels * Outputs, pk, pkept);
            ColumnSums.Accumulate<TLanes>(team, pkept, rows, Outputs, pscratch, ps);
            WeightGradient.Accumulate<TLanes>(new Scratch(team, pscratch, scratchFloats), ph, Inputs, pkept, Outputs, rows, pp);
            var operands = new LayerScaleOperands
            {
                Inputs = Inputs,
                Outputs = Outputs,
                Weight = pw,
                Bias = pb,
                Gamma = pg,
                Product = pp,
                Sums = ps,
                WeightGradient = pdw,
                BiasGradient = pdb,
                GammaGradient = pdg,
            };
            LayerScaleGradient.Accumulate<TLanes>(team, in operands);
            Panels.Transpose<TLanes>(team, pw, Outputs, Inputs, pg, pt);
            MatrixProduct.Run<TLanes, BiasEpilogue<TLanes>>(team, pkept, Outputs, rows, pt, Outputs, Inputs, new BiasEpilogue<TLanes> { Output = pdh, Stride = Inputs });
        }

        double[] hs = Doubles(h), ws = Doubles(w), bs = Doubles(b), gs = Doubles(gamma);
        int some = Math.Min(h.Length, 40);
        return
        [
            new KernelResult("dW", Unpack<TLanes>(dW, Outputs, Inputs), () => Differentiate(values => Reference(hs, values, bs, gs, keep), ws, dy)),
            new KernelResult("dbias", dB, () => Differentiate(values => Reference(hs, ws, values, gs, keep), bs, dy)),
            new KernelResult("dgamma", dGamma, () => Differentiate(values => Reference(hs, ws, bs, values, keep), gs, dy)),
            new KernelResult("dh", dh[..some], () => Differentiate(values => Reference([.. values, .. hs[some..]], ws, bs, gs, keep), hs[..some], dy)),
        ];
    }

    private double[] Reference(double[] h, double[] w, double[] b, double[] gamma, float[] keep)
    {
        var y = new double[Images * Pixels * Outputs];
        for (int row = 0; row < Images * Pixels; row++)
            for (int o = 0; o < Outputs; o++)
            {
                double sum = b[o];
                for (int i = 0; i < Inputs; i++) sum += w[(o * Inputs) + i] * h[(row * Inputs) + i];
                y[(row * Outputs) + o] = keep[row / Pixels] * gamma[o] * sum;
            }
        return y;
    }
}
