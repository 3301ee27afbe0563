using ConvNeXt.Backbone.Training.Augmentation;
namespace ConvNeXt.Backbone.Training;

/// <content>Classes that are not alike: in number, or in what a mistake costs.</content>
public sealed partial record TrainingOptions
{
    /// <summary>
    /// A weight for each class, in their order, at least 0 and not all 0; null weighs all alike. An image's loss is the sum over classes of -weight * target *
    /// log(probability), and a batch's loss the mean over its images, as of PyTorch's CrossEntropyLoss(weight) with class probabilities as targets: it is not
    /// divided by the weights. With label smoothing or Mixup the target of an image has parts of several classes, and each part its own weight. The training
    /// loss that is reported has the weights in it, validation has not.
    /// </summary>
    public IReadOnlyList<double>? ClassWeights { get; init; }

    /// <summary>
    /// Whether each class weighs the reciprocal of its frequency in the training set: images / (classes that occur * images of the class), so that the mean over the
    /// images is 1 and each class has the same part in the loss. Not together with <see cref="ClassWeights"/> or <see cref="BalancedSampling"/>.
    /// </summary>
    public bool BalancedClassWeights { get; init; }

    /// <summary>
    /// Whether an epoch draws each class that occurs equally often, to within one image: the epoch has as many images as without, those of a rare class several
    /// times, each time augmented anew, of a common class another part in each epoch. The same seed and epoch draw the same.
    /// </summary>
    public bool BalancedSampling { get; init; }

    /// <summary>Checks what there has to be one of for each class.</summary>
    /// <exception cref="ArgumentException">There are others than the network's classes.</exception>
    internal void CheckClasses(int classCount)
    {
        CheckCount(ClassNames?.Count, nameof(ClassNames), "names");
        CheckCount(ClassWeights?.Count, nameof(ClassWeights), "weights");

        void CheckCount(int? count, string option, string what)
        {
            if (count is { } given && given != classCount)
                throw new ArgumentException($"{option} has {given} {what}; the network has {classCount} classes, and there must be one for each.", option);
        }
    }

    private void ValidateClasses()
    {
        if (ClassWeights is { } weights)
        {
            foreach (double weight in weights) Check.Holds(weight >= 0 && double.IsFinite(weight), weight, nameof(ClassWeights), "at least 0 for each class");
            if (weights.All(weight => weight == 0)) throw new ArgumentException($"All {nameof(ClassWeights)} are 0; at least one has to be above.", nameof(ClassWeights));
        }
        if (BalancedClassWeights && ClassWeights is not null)
            throw new ArgumentException($"{nameof(ClassWeights)} and {nameof(BalancedClassWeights)} both say what classes weigh; one of them has to go.", nameof(ClassWeights));
        if (BalancedClassWeights && BalancedSampling)
        {
            throw new ArgumentException(
                $"{nameof(BalancedClassWeights)} and {nameof(BalancedSampling)} both make up for rare classes, which would count twice; one of them has to go.",
                nameof(BalancedSampling));
        }
    }
}
