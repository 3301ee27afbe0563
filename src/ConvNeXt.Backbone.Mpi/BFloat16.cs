using System.Numerics;
using System.Runtime.CompilerServices;

namespace ConvNeXt.Backbone.Mpi;

/// <summary>Arrays of bfloat16, the upper half of float32: rounded to the nearest value, ties to even.</summary>
internal static unsafe class BFloat16
{
    private const uint QuietNaN = 0x7FC0, HalfUnit = 0x7FFF;

    /// <summary>Rounds float32 values.</summary>
    public static void Round(float* from, ushort* to, int count)
    {
        int i = 0, width = Vector<ushort>.Count, half = Vector<float>.Count;
        for (; i + width <= count; i += width)
            Vector.Narrow(Round(Vector.Load(from + i)), Round(Vector.Load(from + i + half))).Store(to + i);
        for (; i < count; i++) to[i] = Round(from[i]);
    }

    /// <summary>Converts to float32, exactly.</summary>
    public static void Widen(ushort* from, float* to, int count)
    {
        int i = 0, width = Vector<ushort>.Count, half = Vector<float>.Count;
        for (; i + width <= count; i += width)
        {
            var (low, high) = Widen(from + i);
            low.Store(to + i);
            high.Store(to + i + half);
        }

        for (; i < count; i++) to[i] = Widen(from[i]);
    }

    /// <summary>Adds to sums.</summary>
    public static void Add(ushort* added, ushort* sums, int count)
    {
        int i = 0, width = Vector<ushort>.Count;
        for (; i + width <= count; i += width)
        {
            var (low, high) = Widen(added + i);
            var (sumLow, sumHigh) = Widen(sums + i);
            Vector.Narrow(Round(low + sumLow), Round(high + sumHigh)).Store(sums + i);
        }

        for (; i < count; i++) sums[i] = Round(Widen(added[i]) + Widen(sums[i]));
    }

    private static ushort Round(float value)
    {
        if (float.IsNaN(value)) return (ushort)QuietNaN;
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + HalfUnit + ((bits >> 16) & 1)) >> 16);
    }

    private static float Widen(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Round(Vector<float> values)
    {
        Vector<uint> bits = values.As<float, uint>();
        Vector<uint> rounded = (bits + new Vector<uint>(HalfUnit) + ((bits >>> 16) & Vector<uint>.One)) >>> 16;
        return Vector.ConditionalSelect(Vector.Equals(values, values).As<int, uint>(), rounded, new Vector<uint>(QuietNaN));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<float> Low, Vector<float> High) Widen(ushort* values)
    {
        Vector.Widen(Vector.Load(values), out Vector<uint> low, out Vector<uint> high);
        return ((low << 16).As<uint, float>(), (high << 16).As<uint, float>());
    }
}
