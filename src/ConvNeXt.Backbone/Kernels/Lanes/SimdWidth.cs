using System.Runtime.Intrinsics;

namespace ConvNeXt.Backbone.Kernels.Lanes;

/// <summary>The vector width that kernels run at.</summary>
internal enum SimdWidth
{
    Scalar = 32,
    Bits128 = 128,
    Bits256 = 256,
    Bits512 = 512,
}

/// <summary>What this machine offers.</summary>
internal static class SimdSupport
{
    /// <summary>The widest registers that are fast here; the run time's own knobs (DOTNET_EnableAVX512=0, DOTNET_EnableAVX2=0) narrow it.</summary>
    public static SimdWidth Best =>
        Vector512.IsHardwareAccelerated ? SimdWidth.Bits512
        : Vector256.IsHardwareAccelerated ? SimdWidth.Bits256
        : Vector128.IsHardwareAccelerated ? SimdWidth.Bits128
        : SimdWidth.Scalar;
}
