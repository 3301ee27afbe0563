using System.Runtime.Intrinsics;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>The products of <see cref="IDotLanes{TSelf}"/> for machines without the instruction: the even and the odd values of each element, one after another.</summary>
internal static class DotFallback
{
    /// <summary>Two signed 16-bit values in each element.</summary>
    public static Vector128<int> Words(Vector128<int> a, Vector128<int> b) => (((a << 16) >> 16) * ((b << 16) >> 16)) + ((a >> 16) * (b >> 16));

    /// <summary>Two signed 16-bit values in each element.</summary>
    public static Vector256<int> Words(Vector256<int> a, Vector256<int> b) =>
        Vector256.Create(Words(a.GetLower(), b.GetLower()), Words(a.GetUpper(), b.GetUpper()));

    /// <summary>Two signed 16-bit values in each element.</summary>
    public static Vector512<int> Words(Vector512<int> a, Vector512<int> b) =>
        Vector512.Create(Words(a.GetLower(), b.GetLower()), Words(a.GetUpper(), b.GetUpper()));

    /// <summary>Four signed 8-bit values in each element.</summary>
    public static Vector128<int> SignedBytes(Vector128<int> a, Vector128<int> b)
    {
        var sum = Vector128<int>.Zero;
        for (int shift = 24; shift >= 0; shift -= 8) sum += ((a << shift) >> 24) * ((b << shift) >> 24);
        return sum;
    }

    /// <summary>Four unsigned 8-bit values in each element of a, four signed ones in b.</summary>
    public static Vector256<int> Bytes(Vector256<int> a, Vector256<int> b)
    {
        var sum = Vector256<int>.Zero;
        for (int shift = 24; shift >= 0; shift -= 8) sum += ((a << shift) >>> 24) * ((b << shift) >> 24);
        return sum;
    }
}
