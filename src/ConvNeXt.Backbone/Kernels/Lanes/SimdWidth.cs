using System.Runtime.Intrinsics;

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
}
