using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Training;

/// <summary>The training options of each <see cref="AugmentationPreset"/>, and augmentation as text.</summary>
internal static class AugmentationPresets
{
    private const double LightCrop = 0.7, StandardCrop = 0.15, Mirrored = 0.5;

    /// <summary>Returns options with the augmentation of a preset. Any orientation stays as it is, except without augmentation.</summary>
    public static TrainingOptions Apply(AugmentationPreset preset, TrainingOptions options)
    {
        TrainingOptions plain = options with { HorizontalFlip = Mirrored, RandAugment = null, ColorJitter = null, RandomErasing = null, Mixup = null };
        return preset switch
        {
            AugmentationPreset.None => plain with { Crop = null, HorizontalFlip = 0, AnyOrientation = false },
            AugmentationPreset.Light => plain with { Crop = new RandomResizedCrop { MinScale = LightCrop } },
            AugmentationPreset.Standard => plain with { Crop = new RandomResizedCrop { MinScale = StandardCrop }, RandomErasing = new RandomErasing() },
            _ => plain with { Crop = new RandomResizedCrop(), RandAugment = new RandAugment(), RandomErasing = new RandomErasing(), Mixup = new Mixup() },
        };
    }

    /// <summary>Describes the augmentation of a run.</summary>
    public static string Describe(TrainingOptions options)
    {
        if (options.LinearProbe) return "none (only the head is trained)";
        var parts = new List<string>();
        if (options.Crop is { } crop) parts.Add(Invariant($"crops from {crop.MinScale:P0} of the area"));
        if (options.AnyOrientation) parts.Add("any orientation");
        else if (options.HorizontalFlip > 0) parts.Add("mirroring");
        if (options.RandAugment is not null) parts.Add("RandAugment");
        else if (options.ColorJitter is not null) parts.Add("color jitter");
        if (options.RandomErasing is not null) parts.Add("random erasing");
        if (options.Mixup is not null) parts.Add("Mixup");
        return parts.Count == 0 ? "none" : string.Join(", ", parts);
    }
}
