namespace ConvNeXt.MLNet.Scoring;

/// <summary>Which vector of the network a transformer gives.</summary>
internal enum NetworkOutput
{
    /// <summary>Softmax of the logits, one number per class.</summary>
    Probabilities,

    /// <summary>The pooled and normalised features that the linear head reads.</summary>
    Features,
}
