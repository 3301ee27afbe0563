using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>
/// Memory layout of the integers of <see cref="QuantizedWeights"/>: split into panels with as many outputs as a tile has columns, each panel [steps, width] of
/// elements that hold the values of <see cref="IDotLanes{TSelf}.Group"/> successive inputs of an output. Inputs are padded with zeros to a multiple of 4,
/// outputs to whole panels.
/// </summary>
internal static unsafe class QuantizedPanels
{
    /// <summary>The largest integer of a weight; -128 is not used, so that the range is symmetric.</summary>
    public const int Largest = 127;

    private const int InputMultiple = 4;

    /// <summary>Outputs per panel: two registers.</summary>
    public static int Width<TDot>() where TDot : unmanaged, IDotLanes<TDot> => 2 * TDot.Count;

    /// <summary>Number of panels for this many outputs.</summary>
    public static int Count<TDot>(int outputs) where TDot : unmanaged, IDotLanes<TDot> => (outputs + Width<TDot>() - 1) / Width<TDot>();

    /// <summary>Elements of a row with this many inputs.</summary>
    public static int Steps<TDot>(int inputs) where TDot : unmanaged, IDotLanes<TDot> => (inputs + InputMultiple - 1) / InputMultiple * (InputMultiple / TDot.Group);

    /// <summary>
    /// Rounds weights to integers. An output with a weight that is not finite gets the scale NaN, so that its results are NaN.
    /// </summary>
    /// <param name="team">Threads; one item is a panel.</param>
    /// <param name="panels">W in float32, as <see cref="Panels"/>.</param>
    /// <param name="target">Memory that is zero.</param>
    public static void Pack<TLanes, TDot>(WorkerTeam team, float* panels, in QuantizedWeights target)
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot> =>
        team.Run(new PackTask<TDot> { Source = panels, SourceWidth = Panels.Width<TLanes>(), Target = target }, Count<TDot>(target.Outputs));

    private struct PackTask<TDot> : IParallelTask where TDot : unmanaged, IDotLanes<TDot>
    {
        public float* Source;
        public int SourceWidth;
        public QuantizedWeights Target;

        public readonly void Run(int item, int worker)
        {
            int width = Width<TDot>(), first = item * width, end = Math.Min(first + width, Target.Outputs);
            int* panel = Target.Panels + ((long)item * Steps<TDot>(Target.Inputs) * width);
            for (int output = first; output < end; output++) PackOutput(output, panel + (output - first), width);
        }

        private readonly void PackOutput(int output, int* column, int width)
        {
            float* source = Source + Panels.Index(SourceWidth, Target.Inputs, output, 0);
            float largest = 0;
            for (int i = 0; i < Target.Inputs; i++) largest = MathF.Max(largest, MathF.Abs(source[(long)i * SourceWidth])); // NaN propagates
            float scale = float.IsFinite(largest) ? largest / Largest : float.NaN;
            int sum = 0;
            if (scale > 0)
            {
                for (int i = 0; i < Target.Inputs; i++)
                {
                    int value = Math.Clamp((int)Math.Round((double)source[(long)i * SourceWidth] / scale), -Largest, Largest);
                    sum += value;
                    int bits = 32 / TDot.Group, mask = (int)((1L << bits) - 1);
                    column[(long)(i / TDot.Group) * width] |= (value & mask) << (i % TDot.Group * bits);
                }
            }

            Target.Scales[output] = scale;
            Target.ScaledSums[output] = scale * sum;
            Target.Sums[output] = sum;
        }
    }
}
