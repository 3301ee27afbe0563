using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Backbone.Training;

public sealed partial record Recipe
{
    /// <summary>
    /// For tens to thousands of images of one's own, from scratch: the best of an ablation study on photographs of flowers (five classes of 30) and of cracks
    /// in concrete (two of 160); docs/training.md has its table and <c>bench ablation</c> repeats it. What counts are normalisation by the training set,
    /// without which pictures of little contrast are not learnt at all, small random crops, and with them many epochs; the rest matters little.
    /// </summary>
    /// <remarks>
    /// Colour jitter, RandAugment, Mixup and an average of the weights did not help such small sets. What may be changed for a set of one's own:
    /// <see cref="WithEpochs"/> of 30 for a first look, which takes a seventh of the time; <see cref="TrainingOptions.AnyOrientation"/> for pictures that have
    /// no up, such as surfaces; a larger <see cref="RandomResizedCrop.MinScale"/> (0.7), a learning rate of 5e-4, a <see cref="LayerScaleInit"/> of 1 and no
    /// random erasing where classes differ in outline only, so that a part of a picture does not tell its class; more pixels and fewer epochs where there are
    /// thousands of images.
    /// </remarks>
    public static Recipe SmallData { get; } = new()
    {
        Name = "small data",
        DropPathRate = 0,
        Training = new TrainingOptions
        {
            Epochs = 200,
            WarmupEpochs = 5,
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
}
