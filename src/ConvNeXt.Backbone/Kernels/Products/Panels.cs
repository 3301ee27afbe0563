using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Products;

/// <summary>
/// Memory layout of the matrix W of a linear layer, officially [outputs, inputs]: split into panels with as many outputs as a GEMM tile has columns, each panel
/// [inputs, width] row-major, the last one padded with zeros. Weights, their gradients and their optimizer moments are always stored in this layout, so that
/// forward needs no packing; the padding has zero gradients and stays zero.
/// </summary>
internal static unsafe class Panels
{
    /// <summary>Outputs per panel: two registers.</summary>
    public static int Width<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => 2 * TLanes.Count;

    /// <summary>Number of panels for this many outputs.</summary>
    public static int Count<TLanes>(int outputs) where TLanes : unmanaged, ILanes<TLanes> => (outputs + Width<TLanes>() - 1) / Width<TLanes>();

    /// <summary>Floats of all panels.</summary>
    public static long Size<TLanes>(int outputs, int inputs) where TLanes : unmanaged, ILanes<TLanes> => (long)Count<TLanes>(outputs) * Width<TLanes>() * inputs;

    /// <summary>Offset of the element W[output, input].</summary>
    public static long Index(int width, int inputs, int output, int input) => ((((long)(output / width) * inputs) + input) * width) + (output % width);

    /// <summary>
    /// Overwrites <paramref name="transposed"/> with the panels of the transposed matrix, [inputs, outputs], which backward needs for the gradient of the
    /// inputs.
    /// </summary>
    /// <param name="team">Threads.</param>
    /// <param name="panels">W.</param>
    /// <param name="outputs">Rows of W.</param>
    /// <param name="inputs">Columns of W.</param>
    /// <param name="scale">Factor on each row of W, such as a layer scale that follows it, [outputs]; null for ones.</param>
    /// <param name="transposed">Result.</param>
    public static void Transpose<TLanes>(WorkerTeam team, float* panels, int outputs, int inputs, float* scale, float* transposed)
        where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(new TransposeTask<TLanes> { Panels = panels, Outputs = outputs, Inputs = inputs, Scale = scale, Transposed = transposed }, Count<TLanes>(inputs));

    private struct TransposeTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* Panels;
        public int Outputs;
        public int Inputs;
        public float* Scale;
        public float* Transposed;

        // One item is one panel of the transposed matrix: [outputs, width].
        public readonly void Run(int item, int worker)
        {
            int width = Width<TLanes>(), first = item * width, valid = Math.Min(width, Inputs - first);
            float* target = Transposed + ((long)item * Outputs * width);
            for (int output = 0; output < Outputs; output++, target += width)
            {
                float* source = Panels + Index(width, Inputs, output, first);
                float factor = Scale == null ? 1f : Scale[output];
                for (int i = 0; i < valid; i++) target[i] = source[(long)i * width] * factor;
                for (int i = valid; i < width; i++) target[i] = 0f;
            }
        }
    }
}
