namespace ConvNeXt.Backbone.Architecture;

/// <summary>One named network: a row of the table in <see cref="ConvNeXtArchitectures"/>.</summary>
/// <param name="Variant">Its member of the enumeration.</param>
/// <param name="Source">Where it is described.</param>
/// <param name="Config">The network with 1000 classes.</param>
/// <param name="Printed">What the source prints of its size; null where it prints nothing.</param>
public sealed record ConvNeXtArchitecture(ConvNeXtVariant Variant, ArchitectureSource Source, ConvNeXtConfig Config, PrintedCost? Printed)
{
    /// <summary>Name of the network, as the official code or timm has it.</summary>
    public string Name => Config.Name;

    /// <summary>
    /// Whether timm stores the linear layers of its blocks as 1x1 convolutions (its option conv_mlp), so that their tensors have four dimensions.
    /// </summary>
    public bool TimmStoresLinearAsConvolution { get; init; }
}

/// <summary>Where a named network is described.</summary>
public enum ArchitectureSource
{
    /// <summary>"A ConvNet for the 2020s" (arXiv 2201.03545) and facebookresearch/ConvNeXt.</summary>
    ConvNeXtV1,

    /// <summary>"ConvNeXt V2" (arXiv 2301.00808) and facebookresearch/ConvNeXt-V2.</summary>
    ConvNeXtV2,

    /// <summary>huggingface/pytorch-image-models (timm), timm/models/convnext.py.</summary>
    Timm,
}

/// <summary>Size and work of a network as a paper or its official README prints them, with 1000 classes.</summary>
/// <param name="Parameters">Parameters in millions.</param>
/// <param name="At224">Multiply-accumulates ("FLOPs") in thousands of millions at 224x224.</param>
/// <param name="At384">The same at 384x384; null where it is not printed.</param>
public sealed record PrintedCost(decimal Parameters, decimal At224, decimal? At384 = null);
