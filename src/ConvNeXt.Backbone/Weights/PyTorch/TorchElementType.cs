using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Backbone.Weights.PyTorch;

/// <summary>Element types of PyTorch storages.</summary>
internal enum TorchElementType
{
    Float,
    Double,
    Half,
    BFloat16,
    Byte,
    Char,
    Short,
    Int,
    Long,
    Bool,
}

internal static class TorchElementTypes
{
    /// <summary>Returns the corresponding safetensors type, which defines size and conversions.</summary>
    internal static SafetensorsType ToSafetensors(this TorchElementType type) => type switch
    {
        TorchElementType.Float => SafetensorsType.F32,
        TorchElementType.Double => SafetensorsType.F64,
        TorchElementType.Half => SafetensorsType.F16,
        TorchElementType.BFloat16 => SafetensorsType.BF16,
        TorchElementType.Byte => SafetensorsType.U8,
        TorchElementType.Char => SafetensorsType.I8,
        TorchElementType.Short => SafetensorsType.I16,
        TorchElementType.Int => SafetensorsType.I32,
        TorchElementType.Long => SafetensorsType.I64,
        TorchElementType.Bool => SafetensorsType.BOOL,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}
