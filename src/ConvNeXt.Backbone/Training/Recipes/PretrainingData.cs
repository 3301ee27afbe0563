namespace ConvNeXt.Backbone.Training.Recipes;

/// <summary>The data that pretrained weights were trained on.</summary>
public enum PretrainingData
{
    /// <summary>ImageNet-1K with labels.</summary>
    ImageNet1K,

    /// <summary>ImageNet-22K with labels.</summary>
    ImageNet22K,

    /// <summary>ImageNet-1K without labels, by the masked autoencoder of ConvNeXt V2 (FCMAE).</summary>
    MaskedAutoencoder,
}
