using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Weights;

/// <summary>One tensor as a safetensors header describes it; the header has been checked when an entry exists.</summary>
/// <param name="Name">Name of the tensor.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Dimensions, row-major; empty for a scalar.</param>
/// <param name="Begin">First byte of its data, counted from the end of the header.</param>
/// <param name="End">One past its last byte; <c>End - Begin</c> is exactly what type and shape need.</param>
public sealed record SafetensorsEntry(string Name, SafetensorsType Type, ImmutableArray<int> Shape, long Begin, long End)
{
    /// <summary>Number of elements.</summary>
    public long Count => (End - Begin) / SizeOf(Type);

    /// <summary>Bytes of one element.</summary>
    internal static int SizeOf(SafetensorsType type) => type switch
    {
        SafetensorsType.BOOL or SafetensorsType.U8 or SafetensorsType.I8 => 1,
        SafetensorsType.I16 or SafetensorsType.U16 or SafetensorsType.F16 or SafetensorsType.BF16 => 2,
        SafetensorsType.I32 or SafetensorsType.U32 or SafetensorsType.F32 => 4,
        _ => 8,
    };
}
