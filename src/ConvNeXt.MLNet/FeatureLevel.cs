namespace ConvNeXt.MLNet;

/// <summary>The features that the featurizer computes.</summary>
public enum FeatureLevel
{
    /// <summary>The input of the classifier layer: the last stage after global average pooling, norm, and the hidden layer of the head, if any.</summary>
    Pooled,

    /// <summary>
    /// The output of the first stage, before any norm: a vector [channels, height, width]. An isotropic network has only this stage.
    /// </summary>
    Stage1,

    /// <summary>The output of the second stage, at half the height and width of the first.</summary>
    Stage2,

    /// <summary>The output of the third stage, at half the height and width of the second.</summary>
    Stage3,

    /// <summary>The output of the fourth stage, which is pooled for the classifier.</summary>
    Stage4,
}
