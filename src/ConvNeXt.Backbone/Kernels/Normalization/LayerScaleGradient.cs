using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Normalization;

/// <summary>
/// Parameter gradients of a linear layer with layer scale, y = gamma * (W h + b), from two sums over rows: P = sum of dy h^T and s = sum of dy. dW[o, i] +=
/// gamma[o] P[o, i]; db[o] += gamma[o] s[o]; dgamma[o] += sum over i of W[o, i] P[o, i] + b[o] s[o]. W h + b therefore need not be kept for the gradient of
/// gamma.
/// <para>W, P, dW: <see cref="Panels"/> of [outputs, inputs]; all others: [outputs]. dW, db and dgamma are added to.</para>
/// <para>Threads: one item is a panel. The sum over inputs is computed in chunks of <see cref="ChunkInputs"/>, added in order.</para>
/// </summary>
internal static unsafe class LayerScaleGradient
{
    private const int ChunkInputs = 64;

    public static void Accumulate<TLanes>(WorkerTeam team, in LayerScaleOperands operands) where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(new PanelTask<TLanes> { Operands = operands }, Panels.Count<TLanes>(operands.Outputs));

    private struct PanelTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public LayerScaleOperands Operands;

        public readonly void Run(int item, int worker)
        {
            // A panel is two registers wide.
            int first = item * Panels.Width<TLanes>();
            for (int half = 0; half < 2; half++)
            {
                int output = first + (half * TLanes.Count), valid = Operands.Outputs - output;
                if (valid > 0) Half(((long)first * Operands.Inputs) + (half * TLanes.Count), output, valid);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Half(long at, int output, int valid)
        {
            int width = Panels.Width<TLanes>(), inputs = Operands.Inputs;
            float* weight = Operands.Weight + at, product = Operands.Product + at, gradient = Operands.WeightGradient + at;
            var gamma = TLanes.LoadUpTo(Operands.Gamma + output, valid);
            var sums = TLanes.LoadUpTo(Operands.Sums + output, valid);
            var total = TLanes.LoadUpTo(Operands.Bias + output, valid) * sums;
            for (int begin = 0; begin < inputs; begin += ChunkInputs)
            {
                var chunk = TLanes.Zero;
                int end = Math.Min(begin + ChunkInputs, inputs);
                for (int i = begin; i < end; i++, weight += width, product += width, gradient += width)
                {
                    var p = TLanes.Load(product);
                    chunk = TLanes.MultiplyAdd(TLanes.Load(weight), p, chunk);
                    TLanes.MultiplyAdd(gamma, p, TLanes.Load(gradient)).Store(gradient);
                }

                total += chunk;
            }

            (TLanes.LoadUpTo(Operands.GammaGradient + output, valid) + total).StoreUpTo(Operands.GammaGradient + output, valid);
            TLanes.MultiplyAdd(gamma, sums, TLanes.LoadUpTo(Operands.BiasGradient + output, valid)).StoreUpTo(Operands.BiasGradient + output, valid);
        }
    }
}

/// <summary>Operands of <see cref="LayerScaleGradient"/>, with their symbols in its formula.</summary>
internal unsafe struct LayerScaleOperands
{
    public int Inputs;
    public int Outputs;

    /// <summary>W.</summary>
    public float* Weight;

    /// <summary>b.</summary>
    public float* Bias;

    public float* Gamma;

    /// <summary>P.</summary>
    public float* Product;

    /// <summary>s.</summary>
    public float* Sums;

    public float* WeightGradient;

    public float* BiasGradient;

    public float* GammaGradient;
}
