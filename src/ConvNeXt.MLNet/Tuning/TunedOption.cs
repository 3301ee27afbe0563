namespace ConvNeXt.MLNet.Tuning;

/// <summary>The names of what a search can change: those of <see cref="TuningDimension.Name"/> and of the settings of a trial.</summary>
public static class TunedOption
{
    /// <summary>The largest learning rate, above 0.</summary>
    public const string LearningRate = "learningRate";

    /// <summary>The layer-wise learning-rate decay, above 0 and at most 1.</summary>
    public const string LayerDecay = "layerDecay";

    /// <summary>AdamW's weight decay, at least 0.</summary>
    public const string WeightDecay = "weightDecay";

    /// <summary>The share of the target that is spread over all classes, at least 0 and below 1.</summary>
    public const string LabelSmoothing = "labelSmoothing";

    /// <summary>The stochastic depth of the last block, at least 0 and below 1.</summary>
    public const string DropPath = "dropPath";

    /// <summary>The number of steps as a multiple of the recipe's, above 0.</summary>
    public const string Steps = "steps";

    /// <summary>
    /// The number of an <see cref="AugmentationPreset"/>, from 0 (none) to 3 (strong); -1 is the augmentation of the recipe where that is none of them.
    /// </summary>
    public const string Augmentation = "augmentation";

    /// <summary>1 for images without a fixed orientation, otherwise 0.</summary>
    public const string AnyOrientation = "anyOrientation";

    /// <summary>Width and height of the network's input in pixels, from 32 to 4096.</summary>
    public const string ImageSize = "imageSize";

    /// <summary>The share of the epochs in which the backbone is frozen, from 0 to 1.</summary>
    public const string Freeze = "freeze";

    /// <summary>1 to solve the head before the first step, otherwise 0.</summary>
    public const string SolveHead = "solveHead";

    /// <summary>1 to train nothing but the head, which is solved on the features of the start; otherwise 0. The first trial of a search has it.</summary>
    public const string LinearProbe = "linearProbe";
}
