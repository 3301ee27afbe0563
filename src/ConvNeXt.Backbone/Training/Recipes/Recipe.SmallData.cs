using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Backbone.Training.Recipes;

public sealed partial record Recipe
{
    /// <summary>
    /// Training from scratch on tens to thousands of your own images: the best options of an ablation study on photos of flowers (five classes of 30 images)
    /// and of cracks in concrete (two classes of 160 images); docs/evidence/ablation.md has its table and <c>bench ablation</c> repeats it. What matters is
    /// normalization by the training set, without which low-contrast images are not learned at all, small random crops, and with them many epochs; other
    /// options matter little.
    /// </summary>
    /// <remarks>
    /// Color jitter, RandAugment, Mixup and a moving average of the weights did not help on such small sets. Changes to consider: <see cref="WithEpochs"/> of
    /// 30 for a first result in a seventh of the time; <see cref="TrainingOptions.AnyOrientation"/> for images without a fixed orientation, such as surfaces;
    /// for classes that differ only in outline, so that a part of an image does not show its class, a larger <see cref="RandomResizedCrop.MinScale"/> (0.7), a
    /// learning rate of 5e-4, a <see cref="LayerScaleInit"/> of 1 and no random erasing; for thousands of images, a larger image size and fewer epochs.
    /// </remarks>
    public static Recipe SmallData { get; } = new()
    {
        Name = "small data",
        DropPathRate = 0,
        Training = new TrainingOptions
        {
            Epochs = 200,
            WarmupDivisor = 40,
            BatchSize = 16,
            LearningRate = 2e-3,
            WeightDecay = 0.05,
            LabelSmoothing = 0.1,
            Preprocessing = ImagePreprocessing.ForSize(96),
            NormalizeByTrainingSet = true,
            HorizontalFlip = 0.5,
            Crop = new RandomResizedCrop { MinScale = 0.15 },
            RandomErasing = new RandomErasing(),
        },
    };

    /// <summary>
    /// Fine-tuning on tens to thousands of your own images: few epochs, with a learning rate that preserves the pretrained features and is lower for lower
    /// layers. The trainer uses this recipe by default if it starts from published weights or an initial model; with an initial model, it uses the image size
    /// of that model.
    /// </summary>
    /// <remarks>
    /// Learning rate and layer decay are between two sets of values: those of the official fine-tuning (5e-5 for 512 images, 0.7 to 0.8), where linear scaling
    /// to steps of 16 images would leave a negligible rate, and the best ones for the small network of <c>bench finetune</c> (1e-3 for 8 images, 0.9). They
    /// were not measured with the published weights. <see cref="TrainingOptions.LinearProbe"/> is faster; the trainer's <c>FindLearningRate</c> searches for a
    /// rate for the given data.
    /// </remarks>
    public static Recipe SmallDataFineTune { get; } = new()
    {
        Name = "small data, fine-tuning",
        DropPathRate = 0,
        Training = SmallData.Training with
        {
            Epochs = 30,
            WarmupDivisor = 15,
            LearningRate = 2e-4,
            LayerDecay = 0.8,
            Preprocessing = ImagePreprocessing.ForSize(224),
            NormalizeByTrainingSet = false,
            MinSteps = 300,
            MinImagesToChooseEpoch = FewestToChooseBy,
        },
    };

    /// <summary>
    /// Fine-tuning of the small network in the package on a few to thousands of your own images; the trainer uses it by default if it starts from the weights
    /// in the package. All layers are trained at the same learning rate, because these weights know less than published ones, from a fresh head with small
    /// weights, or in a run of fewer than 200 steps from a solved one; images are scored a quarter larger than they are trained (<see cref="TrainingOptions.TrainingImageScale"/>). The average of the weights over the
    /// last hundred steps or so is kept, and it is that of the last epoch unless there are at least 100 validation images to choose by.
    /// </summary>
    /// <remarks>docs/evidence/transfer.md has what it reaches and what was compared.</remarks>
    public static Recipe FewImages { get; } = new()
    {
        Name = "few images",
        DropPathRate = 0,
        Training = SmallDataFineTune.Training with
        {
            LearningRate = 3.5e-4,
            LayerDecay = 1,
            Preprocessing = ImagePreprocessing.ForSize(160),
            TrainingImageScale = 0.8,
            MinSteps = 400,
            SolveHeadBelowSteps = 200,
            AverageDecay = 0.99,
            WeightSelection = WeightSelection.Average,
        },
    };

    // Below this, the standard error of an accuracy is above 0.04, more than the epochs at the end of a run differ.
    private const int FewestToChooseBy = 100;
}
