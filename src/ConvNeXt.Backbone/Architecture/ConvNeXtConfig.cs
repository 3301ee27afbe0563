using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Architecture;

/// <summary>
/// What a ConvNeXt network is, as plain data; any engine can run it. The fixed parts (7x7 depthwise kernel, 4x4 stem, 2x2 downsampling, expansion 4,
/// LayerNorm epsilon 1e-6, exact GELU) are those of the official models/convnext.py.
/// </summary>
public sealed record ConvNeXtConfig
{
    /// <summary>Name for people and for error messages, such as <c>convnext_tiny</c>.</summary>
    public string Name { get; init; } = "convnext";

    /// <summary>Blocks in each of the four stages; each at least 1.</summary>
    public required ImmutableArray<int> Depths { get; init; }

    /// <summary>Channels of each of the four stages; each at least 1.</summary>
    public required ImmutableArray<int> Widths { get; init; }

    /// <summary>Number of classes of the linear head, at least 1.</summary>
    public int ClassCount { get; init; } = 1000;

    /// <summary>Initial value of the per-channel layer scale (<c>gamma</c>), 1e-6 in the paper; null for a network without layer scale.</summary>
    public float? LayerScaleInit { get; init; } = 1e-6f;

    /// <summary>Stochastic depth of the last block, in [0, 1); the rates of the blocks rise linearly from 0 to it (float32 linspace).</summary>
    public float DropPathRate { get; init; }
}
