using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>The value of an integer q in a row: Scale * q + Offset.</summary>
internal struct RowRange
{
    /// <summary>Distance of two values; 0 if all values of the row are equal, NaN if one is not finite.</summary>
    public float Scale;

    /// <summary>The smallest value of the row.</summary>
    public float Offset;
}

/// <summary>
/// Rows of float32 values as 8-bit integers, each row with a range of its own: its smallest value becomes 0, its largest one 255, and the values between are
/// rounded to the nearest integer (to the even one if two are as near). A row with a value that is not finite, or whose range is not, gets a scale and an
/// offset of NaN, so that results computed from it are NaN.
/// <para>x: [rows, columns]; q: [rows, stride] elements of <see cref="IDotLanes{TSelf}.Group"/> values, padded with arbitrary values (the weights are zero
/// there); ranges: [rows]. Everything is computed value by value or with sums in a fixed order, so results do not depend on the width of registers.</para>
/// <para>Threads: one item is a chunk of <see cref="RowChunks.Rows"/> rows.</para>
/// </summary>
internal static unsafe class QuantizedRows
{
    private const float Levels = 255;

    // Adding 1.5 * 2^23 rounds to the nearest integer, which is then in the low bits.
    private const float Rounder = 12582912f;

    /// <summary>Ranges smaller than this are treated as zero; their reciprocal could overflow.</summary>
    private const float SmallestRange = 1e-30f;

    // Elements between rows beyond their values, so that the rows of a tile do not map to the same cache sets.
    private const int Padding = 16;

    private const int RangeFloats = 2;

    /// <summary>Floats of q and ranges for this many rows.</summary>
    public static long Floats<TDot>(int rows, int columns) where TDot : unmanaged, IDotLanes<TDot> => (long)rows * (Stride<TDot>(columns) + RangeFloats);

    /// <summary>Elements from row to row.</summary>
    public static int Stride<TDot>(int columns) where TDot : unmanaged, IDotLanes<TDot> =>
        ((QuantizedPanels.Steps<TDot>(columns) + 15) / 16 * 16) + Padding;

    /// <summary>Quantizes rows on the calling thread.</summary>
    /// <param name="x">The first row.</param>
    /// <param name="xStride">Floats from row to row of x.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Values in a row.</param>
    /// <param name="target">Receives the integers and the ranges.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quantize<TLanes, TDot>(float* x, nint xStride, int rows, int columns, in QuantizedOperand target)
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot>
    {
        int* q = target.Values;
        for (int row = 0; row < rows; row++, x += xStride, q += target.Stride)
        {
            FindRange<TLanes>(x, columns, out float smallest, out float largest, out float check);
            float range = largest - smallest + check;
            target.Ranges[row] = Store<TLanes, TDot>(x, columns, smallest, range, q);
        }
    }

    /// <summary>
    /// Layer normalization without weight and bias, then quantization, on the calling thread. The integers of (x - mean) / deviation are those of x.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Normalize<TLanes, TDot>(float* x, int rows, int channels, float epsilon, in QuantizedOperand target)
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot>
    {
        int* q = target.Values;
        for (int row = 0; row < rows; row++, x += channels, q += target.Stride)
        {
            LayerNorm.Statistics<TLanes>(x, channels, epsilon, out float mean, out float inverse);
            FindRange<TLanes>(x, channels, out float smallest, out float largest, out float check);
            float range = largest - smallest + check;
            RowRange own = Store<TLanes, TDot>(x, channels, smallest, range, q);
            target.Ranges[row] = new RowRange { Scale = own.Scale * inverse, Offset = (own.Offset - mean) * inverse };
        }
    }

    /// <summary>Quantizes rows without gaps between them.</summary>
    public static void Quantize<TLanes, TDot>(WorkerTeam team, float* x, int rows, int columns, in QuantizedOperand target)
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot> =>
        team.Run(
            new QuantizeTask<TLanes, TDot> { X = x, RowCount = rows, Columns = columns, Target = target }, RowChunks.Count(rows));

    /// <summary>Normalizes and quantizes rows without gaps between them.</summary>
    public static void Normalize<TLanes, TDot>(WorkerTeam team, float* x, int rows, int channels, float epsilon, in QuantizedOperand target)
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot> =>
        team.Run(
            new QuantizeTask<TLanes, TDot> { X = x, RowCount = rows, Columns = channels, Target = target, Epsilon = epsilon, Norms = true },
            RowChunks.Count(rows));

    /// <summary>Plain loops for one row.</summary>
    public static RowRange Reference(ReadOnlySpan<float> x, Span<byte> q)
    {
        q.Clear();
        float smallest = float.PositiveInfinity, largest = float.NegativeInfinity;
        foreach (float value in x)
        {
            if (!float.IsFinite(value)) return new RowRange { Scale = float.NaN, Offset = float.NaN };
            (smallest, largest) = (Math.Min(smallest, value), Math.Max(largest, value));
        }

        smallest += 0f;
        float range = largest - smallest;
        if (!float.IsFinite(range)) return new RowRange { Scale = float.NaN, Offset = float.NaN };
        if (range < SmallestRange) return new RowRange { Scale = 0, Offset = smallest };
        for (int i = 0; i < x.Length; i++) q[i] = (byte)Math.Round((double)(x[i] - smallest) * (Levels / range), MidpointRounding.ToEven); // the product is exact
        return new RowRange { Scale = range / Levels, Offset = smallest };
    }

    // check: 0, or NaN if a value is not finite; minimum and maximum may ignore NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FindRange<TLanes>(float* x, int columns, out float smallest, out float largest, out float check) where TLanes : unmanaged, ILanes<TLanes>
    {
        int full = columns / TLanes.Count * TLanes.Count;
        TLanes least = TLanes.Broadcast(*x), most = least, checks = least * TLanes.Zero;
        for (int c = 0; c < full; c += TLanes.Count)
        {
            var value = TLanes.Load(x + c);
            least = TLanes.Min(least, value);
            most = TLanes.Max(most, value);
            checks = TLanes.MultiplyAdd(value, TLanes.Zero, checks);
        }

        (smallest, largest, check) = (least.Smallest(), most.Largest(), checks.Sum());
        for (int c = full; c < columns; c++)
        {
            smallest = x[c] < smallest ? x[c] : smallest;
            largest = x[c] > largest ? x[c] : largest;
            check += x[c] * 0f;
        }

        smallest += 0f; // of the two zeros always the positive one
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static RowRange Store<TLanes, TDot>(float* x, int columns, float smallest, float range, int* q)
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot>
    {
        bool isFinite = float.IsFinite(range);
        float factor = isFinite && range >= SmallestRange ? Levels / range : 0f;
        TLanes offsets = TLanes.Broadcast(smallest), factors = TLanes.Broadcast(factor), rounder = TLanes.Broadcast(Rounder - TDot.Shift);
        for (int c = 0; c < columns; c += TLanes.Count)
        {
            int left = columns - c;
            var value = TLanes.MultiplyAdd(TLanes.LoadUpTo(x + c, left) - offsets, factors, rounder);
            if (TDot.Group == 4) value.StoreBytes((byte*)q + c, left);
            else value.StoreWords((short*)q + c, left);
        }

        return isFinite
            ? new RowRange { Scale = factor > 0 ? range / Levels : 0f, Offset = smallest }
            : new RowRange { Scale = float.NaN, Offset = float.NaN };
    }

    private struct QuantizeTask<TLanes, TDot> : IParallelTask
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot>
    {
        public float* X;
        public int RowCount;
        public int Columns;
        public QuantizedOperand Target;
        public float Epsilon;
        public bool Norms;

        public readonly void Run(int item, int worker)
        {
            int first = item * RowChunks.Rows, rows = RowChunks.RowsOf(item, RowCount);
            float* x = X + ((long)first * Columns);
            if (Norms) Normalize<TLanes, TDot>(x, rows, Columns, Epsilon, Target.From(first));
            else Quantize<TLanes, TDot>(x, Columns, rows, Columns, Target.From(first));
        }
    }
}
