namespace ConvNeXt.Backbone.Weights.Naming;

/// <summary>Whose names the tensors of a weights file have. Inside this library they always have the official ones.</summary>
public enum WeightNaming
{
    /// <summary>The official code's (facebookresearch), such as <c>stages.0.1.dwconv.weight</c>.</summary>
    Official,

    /// <summary>timm's, such as <c>stages.0.blocks.1.conv_dw.weight</c>.</summary>
    Timm,

    /// <summary>torchvision's, such as <c>features.1.1.block.0.weight</c>.</summary>
    Torchvision,

    /// <summary>Hugging Face transformers', such as <c>convnext.encoder.stages.0.layers.1.dwconv.weight</c>.</summary>
    HuggingFace,
}
