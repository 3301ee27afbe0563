namespace ConvNeXt.Backbone.Architecture;

/// <summary>One named network: a row of the table in <see cref="ConvNeXtArchitectures"/>.</summary>
public sealed record ConvNeXtArchitecture
{
    internal ConvNeXtArchitecture(ConvNeXtVariant variant, ArchitectureSource source, ConvNeXtConfig config, PrintedCost? printed) =>
        (Variant, Source, Config, Printed) = (variant, source, config, printed);

    /// <summary>The enum value of this network.</summary>
    public ConvNeXtVariant Variant { get; }

    /// <summary>Its configuration, with 1000 classes.</summary>
    public ConvNeXtConfig Config { get; }

    /// <summary>The paper or project that defines it.</summary>
    internal ArchitectureSource Source { get; }

    /// <summary>Size and cost as printed by the source; null if it prints none.</summary>
    internal PrintedCost? Printed { get; }

    /// <summary>Name used by the official code or by timm.</summary>
    public string Name => Config.Name;

    /// <summary>Whether timm stores the blocks' linear layers as 1x1 convolutions (its option conv_mlp), so that their weights have four dimensions.</summary>
    public bool TimmStoresLinearAsConvolution { get; init; }
}

/// <summary>The paper or project that defines a named network.</summary>
internal enum ArchitectureSource
{
    /// <summary>"A ConvNet for the 2020s" (arXiv 2201.03545) and facebookresearch/ConvNeXt.</summary>
    ConvNeXtV1,

    /// <summary>"ConvNeXt V2" (arXiv 2301.00808) and facebookresearch/ConvNeXt-V2.</summary>
    ConvNeXtV2,

    /// <summary>huggingface/pytorch-image-models (timm), timm/models/convnext.py.</summary>
    Timm,
}

/// <summary>Size and cost of a network with 1000 classes, as printed by its paper or official README.</summary>
/// <param name="Parameters">Number of parameters in millions.</param>
/// <param name="At224">Multiply-accumulates ("FLOPs") in billions at 224x224.</param>
/// <param name="At384">The same at 384x384; null if not printed.</param>
internal sealed record PrintedCost(decimal Parameters, decimal At224, decimal? At384 = null);
