using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ConvNeXt.Backbone.Weights.Safetensors;

/// <summary>
/// Float32 values as four planes of bytes: first the lowest byte of every value, last the one with the sign and the exponent. The bits of a mantissa are noise,
/// which an archive then stores as it is, and exponents, which compress well, lie together: a zip archive of weights is smaller and is unpacked sooner.
/// </summary>
internal static class BytePlanes
{
    /// <summary>Divides values into planes.</summary>
    /// <param name="values">The values.</param>
    /// <param name="planes">Receives the four planes, one after the other; four times as long.</param>
    public static void Split(ReadOnlySpan<float> values, Span<byte> planes)
    {
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        for (int i = 0; i < bits.Length; i++)
        {
            planes[i] = (byte)bits[i];
            planes[bits.Length + i] = (byte)(bits[i] >> 8);
            planes[2 * bits.Length + i] = (byte)(bits[i] >> 16);
            planes[3 * bits.Length + i] = (byte)(bits[i] >> 24);
        }
    }

    /// <summary>Puts values together again.</summary>
    /// <param name="planes">The four planes.</param>
    /// <param name="values">Receives the values; a quarter as long.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // runs once, when a model is loaded, so it would stay unoptimized
    public static void Join(ReadOnlySpan<byte> planes, Span<float> values)
    {
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        int count = bits.Length, i = 0;
        ReadOnlySpan<byte> first = planes[..count], second = planes.Slice(count, count), third = planes.Slice(2 * count, count), fourth = planes[(3 * count)..];
        for (; i <= count - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(first[i..]), out Vector<ushort> first0, out Vector<ushort> first1);
            Vector.Widen(new Vector<byte>(second[i..]), out Vector<ushort> second0, out Vector<ushort> second1);
            Vector.Widen(new Vector<byte>(third[i..]), out Vector<ushort> third0, out Vector<ushort> third1);
            Vector.Widen(new Vector<byte>(fourth[i..]), out Vector<ushort> fourth0, out Vector<ushort> fourth1);
            JoinHalves(first0 | (second0 << 8), third0 | (fourth0 << 8), bits[i..]);
            JoinHalves(first1 | (second1 << 8), third1 | (fourth1 << 8), bits[(i + Vector<ushort>.Count)..]);
        }
        for (; i < count; i++) bits[i] = first[i] | ((uint)second[i] << 8) | ((uint)third[i] << 16) | ((uint)fourth[i] << 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void JoinHalves(Vector<ushort> low, Vector<ushort> high, Span<uint> bits)
    {
        Vector.Widen(low, out Vector<uint> low0, out Vector<uint> low1);
        Vector.Widen(high, out Vector<uint> high0, out Vector<uint> high1);
        (low0 | (high0 << 16)).CopyTo(bits);
        (low1 | (high1 << 16)).CopyTo(bits[Vector<uint>.Count..]);
    }
}
