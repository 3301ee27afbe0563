using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;
namespace ConvNeXt.Backbone.Kernels.Products;

/// <summary>
/// How the matrix W of a linear layer, officially [outputs, inputs], lies in memory: cut into panels of as many outputs as a GEMM tile is wide,
/// each panel [inputs, width] row-major, the last one padded with zeros. Weights live in this form, and so do their gradients and optimizer moments, so
/// forward needs no packing; the padding has zero gradients and stays zero.
/// </summary>
internal static unsafe class Panels
{
    /// <summary>Outputs in a panel: two registers.</summary>
    public static int Width<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => 2 * TLanes.Count;

    /// <summary>Panels that hold so many outputs.</summary>
    public static int Count<TLanes>(int outputs) where TLanes : unmanaged, ILanes<TLanes> => (outputs + Width<TLanes>() - 1) / Width<TLanes>();

    /// <summary>Floats of the whole.</summary>
    public static long Size<TLanes>(int outputs, int inputs) where TLanes : unmanaged, ILanes<TLanes> => (long)Count<TLanes>(outputs) * Width<TLanes>() * inputs;

    /// <summary>Where the element W[output, input] lies.</summary>
    public static long Index(int width, int inputs, int output, int input) => ((((long)(output / width) * inputs) + input) * width) + (output % width);

    /// <summary>
    /// Panels of the transposed matrix, [inputs, outputs]: what backward needs to carry gradients from outputs to inputs. Overwrites <paramref name="transposed"/>.
    /// </summary>
    /// <param name="team">Threads.</param>
    /// <param name="panels">W.</param>
    /// <param name="outputs">Rows of W.</param>
    /// <param name="inputs">Columns of W.</param>
    /// <param name="scale">Factor of each row of W, such as a layer scale that follows it; null for ones.</param>
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
