using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Architecture;

/// <summary>The named configurations: one row each, as the papers' and timm's tables have them.</summary>
public static class ConvNeXtArchitectures
{
    private static readonly ImmutableArray<int> _small = [2, 2, 6, 2];
    private static readonly ImmutableArray<int> _deep = [3, 3, 27, 3];

    private static readonly ImmutableDictionary<ConvNeXtVariant, ConvNeXtConfig> _table = new ConvNeXtConfig[]
    {
        new() { Name = "convnext_atto", Depths = _small, Widths = [40, 80, 160, 320] },
        new() { Name = "convnext_femto", Depths = _small, Widths = [48, 96, 192, 384] },
        new() { Name = "convnext_pico", Depths = _small, Widths = [64, 128, 256, 512] },
        new() { Name = "convnext_nano", Depths = [2, 2, 8, 2], Widths = [80, 160, 320, 640] },
        new() { Name = "convnext_tiny", Depths = [3, 3, 9, 3], Widths = [96, 192, 384, 768] },
        new() { Name = "convnext_small", Depths = _deep, Widths = [96, 192, 384, 768] },
        new() { Name = "convnext_base", Depths = _deep, Widths = [128, 256, 512, 1024] },
        new() { Name = "convnext_large", Depths = _deep, Widths = [192, 384, 768, 1536] },
        new() { Name = "convnext_xlarge", Depths = _deep, Widths = [256, 512, 1024, 2048] },
    }.Select((config, row) => KeyValuePair.Create((ConvNeXtVariant)row, config)).ToImmutableDictionary();

    /// <summary>The configuration of a variant, with 1000 classes and layer scale from 1e-6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public static ConvNeXtConfig Get(ConvNeXtVariant variant) =>
        _table.TryGetValue(variant, out var config)
            ? config
            : throw new ArgumentOutOfRangeException(nameof(variant), variant, $"There is no such variant; known are {string.Join(", ", Enum.GetNames<ConvNeXtVariant>())}.");
}
