using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Optimization;
namespace ConvNeXt.Backbone.Training.Recipes;

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

    /// <summary>
    /// For tens to thousands of images of one's own, from trained weights: few epochs at a learning rate that does not undo what the weights know, lower layers
    /// slower. The trainer takes it where weights are given and nothing else is said, at the image size of an initial model where that is what it starts from.
    /// </summary>
    /// <remarks>
    /// Learning rate and layer decay lie between those of the official fine-tuning (5e-5 for 512 images, 0.7 to 0.8), whose linear scaling would leave next to
    /// nothing of it in steps of 16, and those that were best for the small network of <c>bench finetune</c> (1e-3 for 8 images, 0.9). They were not measured
    /// with the published weights. <see cref="TrainingOptions.LinearProbe"/> is quicker; the trainer's <c>FindLearningRate</c> looks for a rate for given data.
    /// </remarks>
    public static Recipe SmallDataFineTune { get; } = new()
    {
        Name = "small data, fine-tuning",
        DropPathRate = 0,
        Training = SmallData.Training with
        {
            Epochs = 30,
            WarmupEpochs = 2,
            LearningRate = 2e-4,
            LayerDecay = 0.8,
            Preprocessing = ImagePreprocessing.ForSize(224),
            NormalizeByTrainingSet = false,
        },
    };
}
