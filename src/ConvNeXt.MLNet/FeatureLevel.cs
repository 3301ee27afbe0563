namespace ConvNeXt.MLNet;

/// <summary>What of a network the featurizer gives.</summary>
public enum FeatureLevel
{
    /// <summary>The vector that the classifier reads: global average pool, head norm, and the head's hidden layer where there is one.</summary>
    Pooled,

    /// <summary>
    /// What the last block of the first stage gives, before any norm: a vector [channels, height, width]. It is the one stage of an isotropic network.
    /// </summary>
    Stage1,

    /// <summary>The same of the second stage, half as high and wide.</summary>
    Stage2,

    /// <summary>The same of the third stage.</summary>
    Stage3,

    /// <summary>The same of the fourth stage, which is pooled for the classifier.</summary>
    Stage4,
}
