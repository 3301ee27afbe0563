using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ConvNeXt.Backbone.Kernels.Lanes;

/// <summary>The vector width of the kernels, in bits.</summary>
internal enum SimdWidth
{
    Scalar = 32,
    Bits128 = 128,
    Bits256 = 256,
    Bits512 = 512,
}

/// <summary>SIMD support of this machine.</summary>
internal static class SimdSupport
{
    /// <summary>The widest registers that are fast on this machine; the .NET runtime settings DOTNET_EnableAVX512=0 and DOTNET_EnableAVX2=0 limit it.</summary>
    public static SimdWidth Best =>
        Vector512.IsHardwareAccelerated ? SimdWidth.Bits512
        : Vector256.IsHardwareAccelerated ? SimdWidth.Bits256
        : Vector128.IsHardwareAccelerated ? SimdWidth.Bits128
        : SimdWidth.Scalar;

    /// <summary>What the kernels compute with on this machine, for logs.</summary>
    public static string Description => Best == SimdWidth.Scalar ? "no vector registers" : $"{(int)Best}-bit vectors";

    /// <summary>Why computing is many times slower on this machine than on usual ones; null if it is not.</summary>
    public static string? SlowReason => FindSlowReason(Best, Fma.IsSupported || AdvSimd.IsSupported);

    /// <summary>Why computing with these registers is slow; null if it is not.</summary>
    /// <param name="width">The registers.</param>
    /// <param name="hasMultiplyAdd">Whether there is an instruction for a fused multiply-add; without it, each one is a call of a function.</param>
    internal static string? FindSlowReason(SimdWidth width, bool hasMultiplyAdd) => width switch
    {
        SimdWidth.Bits256 or SimdWidth.Bits512 => null,
        SimdWidth.Bits128 when hasMultiplyAdd => null,
        SimdWidth.Bits128 => "The processor has no AVX2 and FMA, or they are disabled, as in the default processor model of some virtual machines. "
            + "The managed engine computes correctly, but many times slower than usual.",
        _ => "The processor has no vector registers that .NET can use. The managed engine computes correctly, but many times slower than usual.",
    };
}
