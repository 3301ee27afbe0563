namespace ConvNeXt.MLNet;

/// <summary>How much training images are changed at random, anew in each epoch.</summary>
public enum AugmentationPreset
{
    /// <summary>Not at all: training images are resized and cropped as for scoring.</summary>
    None,

    /// <summary>Mirrored, and cropped to 70 to 100 % of the area. For images whose parts do not show the class.</summary>
    Light,

    /// <summary>Mirrored, cropped to 15 to 100 % of the area, with a random rectangle erased. The best for small data sets of photos.</summary>
    Standard,

    /// <summary>As in the official recipe for ImageNet: crops of 8 to 100 % of the area, RandAugment, random erasing, Mixup and CutMix. For long runs on
    /// thousands of images or more. Needs a batch size of at least 2.</summary>
    Strong,
}
