using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Products;

/// <summary>
/// Merges a scale and shift before a linear layer, or a scale after it, into the layer. Before: W (x * scale + shift) + b is the layer with W[o, i] * scale[i]
/// and b[o] + sum over i of W[o, i] * shift[i]. After: (W x + b) * scale is the layer with W[o, i] * scale[o] and b[o] * scale[o].
/// <para>W: <see cref="Panels"/> of [outputs, inputs]; b: [outputs]; scale, shift before: [period], repeated over the inputs; scale after: [outputs]. W and b
/// are changed in place; sums are in double precision.</para>
/// <para>Threads: one item is a panel.</para>
/// </summary>
internal static unsafe class FoldedWeights
{
    /// <summary>Merges scale and shift of the inputs.</summary>
    public static void ScaleInputs<TLanes>(WorkerTeam team, float* panels, float* bias, int outputs, int inputs, float* scale, float* shift, int period)
        where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(
            new InputTask<TLanes> { PanelMemory = panels, Bias = bias, Outputs = outputs, Inputs = inputs, Scale = scale, Shift = shift, Period = period },
            Panels.Count<TLanes>(outputs));

    /// <summary>Merges a scale of the outputs.</summary>
    public static void ScaleOutputs<TLanes>(WorkerTeam team, float* panels, float* bias, int outputs, int inputs, float* scale) where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(new OutputTask<TLanes> { PanelMemory = panels, Bias = bias, Outputs = outputs, Inputs = inputs, Scale = scale }, Panels.Count<TLanes>(outputs));

    private struct InputTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* PanelMemory;
        public float* Bias;
        public int Outputs;
        public int Inputs;
        public float* Scale;
        public float* Shift;
        public int Period;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            int width = Panels.Width<TLanes>(), first = item * width, valid = Math.Min(width, Outputs - first);
            float* row = PanelMemory + ((long)item * Inputs * width);
            double* sums = stackalloc double[width];
            for (int o = 0; o < valid; o++) sums[o] = Bias[first + o];
            for (int i = 0, at = 0; i < Inputs; i++, row += width)
            {
                double shift = Shift[at];
                for (int o = 0; o < valid; o++) sums[o] += row[o] * shift;
                var scale = TLanes.Broadcast(Scale[at]);
                for (int o = 0; o < width; o += TLanes.Count) (TLanes.Load(row + o) * scale).Store(row + o);
                at = at + 1 == Period ? 0 : at + 1;
            }

            for (int o = 0; o < valid; o++) Bias[first + o] = (float)sums[o];
        }
    }

    private struct OutputTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* PanelMemory;
        public float* Bias;
        public int Outputs;
        public int Inputs;
        public float* Scale;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            int width = Panels.Width<TLanes>(), first = item * width, valid = Outputs - first;
            float* row = PanelMemory + ((long)item * Inputs * width);
            TLanes left = TLanes.LoadUpTo(Scale + first, valid), right = valid > TLanes.Count ? TLanes.LoadUpTo(Scale + first + TLanes.Count, valid - TLanes.Count) : TLanes.Zero;
            for (int i = 0; i < Inputs; i++, row += width)
            {
                (TLanes.Load(row) * left).Store(row);
                (TLanes.Load(row + TLanes.Count) * right).Store(row + TLanes.Count);
            }

            for (int o = first; o < Math.Min(first + width, Outputs); o++) Bias[o] *= Scale[o];
        }
    }
}
