using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Products;

/// <summary>
/// Weight gradient of a linear layer: dW[o, i] += sum over rows r of dy[r, o] * x[r, i].
/// <para>x: [rows, inputs]; dy: [rows, outputs]; dW: <see cref="Panels"/> of [outputs, inputs], added to (zeros are added to its padding).</para>
/// <para>Rows are processed in chunks of <see cref="ChunkRows"/>; each chunk is summed in registers, and the chunks are added in order. Threads: one item
/// computes a block of dW over all rows, so that neither threads nor scheduling change the order of a sum.</para>
/// </summary>
internal static unsafe class WeightGradient
{
    private const int ChunkRows = 256;
    private const int BlockInputs = 16 * GemmTile.MaxRows;

    /// <summary>Floats of scratch memory per worker: one packed panel of dy.</summary>
    public static long ScratchFloats<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => (long)ChunkRows * 2 * TLanes.Count;

    /// <summary>Adds the gradient.</summary>
    public static void Accumulate<TLanes>(Scratch scratch, float* x, int inputs, float* dy, int outputs, int rows, float* gradient)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int blocks = (inputs + BlockInputs - 1) / BlockInputs;
        var task = new AccumulateTask<TLanes> { Scratch = scratch.View, X = x, Inputs = inputs, Dy = dy, Outputs = outputs, Rows = rows, Gradient = gradient, Blocks = blocks };
        scratch.Team.Run(in task, Panels.Count<TLanes>(outputs) * blocks);
    }

    /// <summary>Plain loops: overwrites the gradient, [outputs, inputs], summed in double.</summary>
    public static void Reference(ReadOnlySpan<float> x, int inputs, ReadOnlySpan<float> dy, int outputs, int rows, Span<double> gradient)
    {
        for (int o = 0; o < outputs; o++)
        {
            for (int i = 0; i < inputs; i++)
            {
                double sum = 0;
                for (int r = 0; r < rows; r++) sum += (double)dy[(r * outputs) + o] * x[(r * inputs) + i];
                gradient[(o * inputs) + i] = sum;
            }
        }
    }

    private struct AccumulateTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public ScratchView Scratch;
        public float* X;
        public int Inputs;
        public float* Dy;
        public int Outputs;
        public int Rows;
        public float* Gradient;
        public int Blocks;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            int width = 2 * TLanes.Count;
            int panel = item / Blocks, firstInput = item % Blocks * BlockInputs, endInput = Math.Min(firstInput + BlockInputs, Inputs);
            int column = panel * width, valid = Outputs - column;
            float* packed = Scratch.Of(worker);
            float* gradient = Gradient + ((long)panel * Inputs * width);
            float* tile = stackalloc float[GemmTile.MaxRows * 2 * TLanes.Count];
            for (int firstRow = 0; firstRow < Rows; firstRow += ChunkRows)
            {
                int rows = Math.Min(ChunkRows, Rows - firstRow);
                for (int r = 0; r < rows; r++)
                {
                    float* source = Dy + ((long)(firstRow + r) * Outputs) + column;
                    TLanes.LoadUpTo(source, valid).Store(packed + (r * width));
                    var second = valid > TLanes.Count ? TLanes.LoadUpTo(source + TLanes.Count, valid - TLanes.Count) : TLanes.Zero;
                    second.Store(packed + (r * width) + TLanes.Count);
                }

                float* x = X + ((long)firstRow * Inputs);
                for (int input = firstInput; input < endInput;)
                {
                    int computed = GemmTile.Compute<TLanes>(x + input, 1, Inputs, endInput - input, packed, rows, tile);
                    float* target = gradient + ((long)input * width);
                    for (int i = 0; i < computed * width; i += TLanes.Count) (TLanes.Load(target + i) + TLanes.Load(tile + i)).Store(target + i);
                    input += computed;
                }
            }
        }
    }
}
