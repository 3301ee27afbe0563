using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet.Scoring;

namespace ConvNeXt.Benchmarks.Ablation;

/// <summary>
/// The study as data. Techniques that stay accumulate, in the order in which they help; each of the others is added to the accumulated ones by itself. Their
/// strengths are those of <see cref="Recipe.SmallData"/>, which is the result of the study.
/// </summary>
internal static class AblationTable
{
    private static readonly TrainingOptions SmallData = Recipe.SmallData.Training;

    public static IReadOnlyList<AblationRow> Rows { get; } =
    [
        new("baseline: 30 epochs, learning rate 2e-3", true, (AblationCase study) => study),
        new("pixels normalized by the training set", true, options => options with { NormalizeByTrainingSet = true }),
        new("mirroring", true, options => options with { HorizontalFlip = SmallData.HorizontalFlip }),
        new("crops from 0.7 of the area", false, options => options with { Crop = new RandomResizedCrop { MinScale = 0.7 } }),
        new("crops from 0.35", false, options => options with { Crop = new RandomResizedCrop { MinScale = 0.35 } }),
        new($"crops from {SmallData.Crop?.MinScale}", true, options => options with { Crop = SmallData.Crop }),
        new($"label smoothing {SmallData.LabelSmoothing}", false, options => options with { LabelSmoothing = SmallData.LabelSmoothing }),
        new("layer scale starts at 0.1 instead of 1e-6", false, study => study with { Network = study.Network with { LayerScaleInit = 0.1f } }),
        new("drop path 0.1", false, study => study with { Network = study.Network with { DropPathRate = 0.1f } }),
        new("RandAugment, magnitude 9", false, options => options with { RandAugment = new RandAugment() }),
        new("color jitter 0.4", false, options => options with { ColorJitter = new ColorJitter() }),
        new("random erasing 0.25", false, options => options with { RandomErasing = SmallData.RandomErasing }),
        new("Mixup 0.8", false, options => options with { Mixup = new Mixup { CutMixAlpha = 0 } }),
        new("Mixup 0.8 and CutMix 1 in turns", false, options => options with { Mixup = new Mixup() }),
        new("moving average of the weights, decay 0.98", false, options => options with { AverageDecay = 0.98 }),
        new("learning rate 5e-3", false, options => options with { LearningRate = 5e-3 }),
        new("learning rate 5e-4", false, options => options with { LearningRate = 5e-4 }),
        new("the whole image scored, not its center", false, options => options with { Preprocessing = options.Preprocessing with { CropRatio = 1 } }),
        new("60 epochs", false, options => options with { Epochs = 60 }),
        new("96 pixels", false, options => options with { Preprocessing = ImagePreprocessing.ForSize(96) }),
        new("together: label smoothing, random erasing", true,
            options => options with { LabelSmoothing = SmallData.LabelSmoothing, RandomErasing = SmallData.RandomErasing }),
        new($"together, {SmallData.Epochs} epochs: Recipe.SmallData at 64 pixels", false, options => SmallData with { Preprocessing = options.Preprocessing }),
        new("together, any orientation", true, options => options with { AnyOrientation = true }),
        new($"together, any orientation, {SmallData.Epochs} epochs", false, options => options with { Epochs = SmallData.Epochs }),
    ];

    /// <summary>The rows, with the setup of each and the one it is compared with.</summary>
    public static IEnumerable<(AblationRow Row, AblationCase Case, AblationCase? Below)> Cases()
    {
        AblationCase accumulated = AblationCase.Baseline;
        bool first = true;
        foreach (AblationRow row in Rows)
        {
            AblationCase study = row.Add(accumulated);
            yield return (row, study, first ? null : accumulated);
            if (row.Stays) accumulated = study;
            first = false;
        }
    }
}
