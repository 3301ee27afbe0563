using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels.Cases;

/// <summary>A linear layer with what stands before and behind it folded in computes what the three compute one after the other.</summary>
internal sealed class FoldCase : KernelCase
{
    private const int Rows = 3;

    public required int Inputs { get; init; }

    public required int Outputs { get; init; }

    /// <summary>Scale and shift repeat over the inputs with this period.</summary>
    public required int Period { get; init; }

    public override unsafe IReadOnlyList<KernelResult> Run<TLanes>(WorkerTeam team)
    {
        var random = new Random(5);
        float[] x = Random(random, Rows * Inputs), weights = Random(random, Outputs * Inputs), bias = Random(random, Outputs);
        float[] before = Random(random, Period), shift = Random(random, Period), behind = Random(random, Outputs);
        float[] panels = Pack<TLanes>(weights, Outputs, Inputs), foldedBias = [.. bias], y = new float[Rows * Outputs];
        fixed (float* px = x, pp = panels, pb = foldedBias, pbefore = before, ps = shift, pbehind = behind, py = y)
        {
            FoldedWeights.ScaleInputs<TLanes>(team, pp, pb, Outputs, Inputs, pbefore, ps, Period);
            FoldedWeights.ScaleOutputs<TLanes>(team, pp, pb, Outputs, Inputs, pbehind);
            var epilogue = new BiasEpilogue<TLanes> { Bias = pb, Output = py, Stride = Outputs };
            MatrixProduct.Run<TLanes, BiasEpilogue<TLanes>>(team, px, Inputs, Rows, pp, Inputs, Outputs, epilogue, GemmTile.LongChainSteps);
        }

        var expected = new double[y.Length];
        for (int r = 0; r < Rows; r++)
        {
            for (int o = 0; o < Outputs; o++)
            {
                double sum = bias[o];
                for (int i = 0; i < Inputs; i++) sum += weights[(o * Inputs) + i] * (((double)x[(r * Inputs) + i] * before[i % Period]) + shift[i % Period]);
                expected[(r * Outputs) + o] = sum * behind[o];
            }
        }

        return [new KernelResult("y", y, () => expected)];
    }
}
