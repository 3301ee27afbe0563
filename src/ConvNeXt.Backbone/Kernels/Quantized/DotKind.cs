using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using ConvNeXt.Backbone.Kernels.Lanes;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>Instructions that multiply 8-bit integers; each is an <see cref="IDotLanes{TSelf}"/>.</summary>
internal enum DotKind
{
    Scalar,
    Words128,
    Bytes128,
    Words256,
    Bytes256,
    Words512,
}

/// <summary>Support for products of 8-bit integers on this machine.</summary>
internal static class DotSupport
{
    /// <summary>
    /// The fastest instructions for kernels of a width. AVX-VNNI is faster than AVX-512BW in spite of its narrower registers, because one instruction multiplies
    /// twice as many values and adds them as well.
    /// </summary>
    public static DotKind Best(SimdWidth width) => width switch
    {
        SimdWidth.Bits512 or SimdWidth.Bits256 when AvxVnni.IsSupported => DotKind.Bytes256,
        SimdWidth.Bits512 => DotKind.Words512,
        SimdWidth.Bits256 => DotKind.Words256,
        SimdWidth.Bits128 => Dp.IsSupported ? DotKind.Bytes128 : DotKind.Words128,
        _ => DotKind.Scalar,
    };
}
