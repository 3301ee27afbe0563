namespace ConvNeXt.Backbone.Weights.Naming;

/// <summary>Naming scheme of the tensors in a weights file. Within this library the names are always official.</summary>
public enum WeightNaming
{
    /// <summary>Names of the official code (facebookresearch), such as <c>stages.0.1.dwconv.weight</c>.</summary>
    Official,

    /// <summary>Names of timm, such as <c>stages.0.blocks.1.conv_dw.weight</c>.</summary>
    Timm,

    /// <summary>Names of torchvision, such as <c>features.1.1.block.0.weight</c>.</summary>
    Torchvision,

    /// <summary>Names of Hugging Face transformers, such as <c>convnext.encoder.stages.0.layers.1.dwconv.weight</c>.</summary>
    HuggingFace,
}
