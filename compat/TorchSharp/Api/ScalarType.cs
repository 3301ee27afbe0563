namespace TorchSharp;

public static partial class torch
{
    public enum ScalarType : sbyte
    {
        Float32 = 6,
        Float64 = 7,
        BFloat16 = 15,
    }

#pragma warning disable CA2211 // fields that could be written, as in the official one
    public static ScalarType bfloat16 = ScalarType.BFloat16;

    public static ScalarType float32 = ScalarType.Float32;

    public static ScalarType float64 = ScalarType.Float64;
#pragma warning restore CA2211
}
