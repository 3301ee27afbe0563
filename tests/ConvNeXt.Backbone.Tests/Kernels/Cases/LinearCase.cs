using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>Matrix product, bias, and the gradients of input, weight and bias. All three are bilinear: the plain product is their reference.</summary>
internal sealed class LinearCase : KernelCase
{
    public required int Rows { get; init; }

    public required int Inputs { get; init; }

    public required int Outputs { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var results = new List<KernelResult>();
        var random = new Random(1);
        float[] x = Random(random, Rows * Inputs), weights = Random(random, Outputs * Inputs), bias = Random(random, Outputs), dy = Random(random, Rows * Outputs);
        float[] panels = Pack<TLanes>(weights, Outputs, Inputs), transposed = new float[Panels.Size<TLanes>(Inputs, Outputs)];
        float[] y = new float[Rows * Outputs], dx = new float[Rows * Inputs], dWeights = new float[panels.Length], dBias = new float[Outputs];
        float[] scratch = new float[team.ThreadCount * WeightGradient.ScratchFloats<TLanes>()], partials = new float[ColumnSums.PartialFloats(Rows, Outputs)];
        fixed (float* px = x, pp = panels, pb = bias, pdy = dy, pt = transposed, py = y, pdx = dx, pdw = dWeights, pdb = dBias, ps = scratch, ppart = partials)
        {
            MatrixProduct.Run<TLanes, BiasEpilogue<TLanes>>(team, px, Inputs, Rows, pp, Inputs, Outputs, new BiasEpilogue<TLanes> { Bias = pb, Output = py, Stride = Outputs });
            Panels.Transpose<TLanes>(team, pp, Outputs, Inputs, null, pt);
            MatrixProduct.Run<TLanes, BiasEpilogue<TLanes>>(team, pdy, Outputs, Rows, pt, Outputs, Inputs, new BiasEpilogue<TLanes> { Output = pdx, Stride = Inputs });
            WeightGradient.Accumulate<TLanes>(new Scratch(team, ps, WeightGradient.ScratchFloats<TLanes>()), px, Inputs, pdy, Outputs, Rows, pdw);
            ColumnSums.Accumulate<TLanes>(team, pdy, Rows, Outputs, ppart, pdb);
        }

        double[] expectedY = new double[y.Length], expectedDx = new double[dx.Length], expectedDw = new double[weights.Length], expectedDb = new double[Outputs];
        MatrixProduct.Reference(x, weights, Rows, Inputs, Outputs, expectedY);
        for (int i = 0; i < y.Length; i++) expectedY[i] += bias[i % Outputs];
        for (int i = 0; i < y.Length; i++) expectedDb[i % Outputs] += dy[i];
        var turned = new float[weights.Length];
        for (int i = 0; i < turned.Length; i++) turned[i] = weights[(i % Outputs * Inputs) + (i / Outputs)];
        MatrixProduct.Reference(dy, turned, Rows, Outputs, Inputs, expectedDx);
        WeightGradient.Reference(x, Inputs, dy, Outputs, Rows, expectedDw);
        results.Add(new KernelResult("y", y, () => expectedY));
        results.Add(new KernelResult("dx", dx, () => expectedDx));
        results.Add(new KernelResult("dW", Unpack<TLanes>(dWeights, Outputs, Inputs), () => expectedDw));
        results.Add(new KernelResult("db", dBias, () => expectedDb));
        results.Add(new KernelResult("sum over the padding of dW", [dWeights.Sum(Math.Abs) - Unpack<TLanes>(dWeights, Outputs, Inputs).Sum(Math.Abs)], () => [0]));
        return results;
    }
}
