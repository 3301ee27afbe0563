using ConvNeXt.Backbone.Training.Augmentation;

namespace ConvNeXt.Backbone.Training;

/// <content>Options for imbalanced classes and for classes whose errors differ in cost.</content>
public sealed partial record TrainingOptions
{
    /// <summary>
    /// The weight of each class in the loss, in class order: each at least 0, not all 0. Null gives all classes the same weight. The loss of an image is the
    /// sum over classes of -weight * target * log(probability). The loss of a batch is the mean over its images, as in PyTorch's CrossEntropyLoss(weight) with
    /// class probabilities as targets: it is not divided by the weights. With label smoothing or Mixup, the target of an image covers several classes, each
    /// with its own weight. The reported training loss includes the weights, the validation loss does not.
    /// </summary>
    public IReadOnlyList<double>? ClassWeights { get; init; }

    /// <summary>
    /// Whether to weight each class by the inverse of its frequency in the training set: images / (classes that occur * images of the class). The mean weight
    /// over the images is then 1, and each class contributes equally to the loss. Cannot be combined with <see cref="ClassWeights"/> or
    /// <see cref="BalancedSampling"/>.
    /// </summary>
    public bool BalancedClassWeights { get; init; }

    /// <summary>
    /// Whether an epoch draws every class that occurs equally often, to within one image. The number of images per epoch does not change: images of a rare
    /// class are drawn several times, with new augmentation each time, and a common class contributes a different subset in each epoch. The draw depends only
    /// on the seed and the epoch.
    /// </summary>
    public bool BalancedSampling { get; init; }

    /// <summary>Checks the options that need one value per class.</summary>
    /// <exception cref="ArgumentException">An option's number of values differs from the number of classes.</exception>
    internal void CheckClasses(int classCount)
    {
        CheckCount(ClassNames?.Count, nameof(ClassNames), "names");
        CheckCount(ClassWeights?.Count, nameof(ClassWeights), "weights");

        void CheckCount(int? count, string option, string what)
        {
            if (count is { } given && given != classCount)
                throw new ArgumentException($"{option} has {given} {what}; the network has {classCount} classes and needs one for each.", option);
        }
    }

    private void ValidateClasses()
    {
        if (ClassWeights is { } weights)
        {
            foreach (double weight in weights) Check.Holds(weight >= 0 && double.IsFinite(weight), weight, nameof(ClassWeights), "at least 0 for each class");
            if (weights.All(weight => weight == 0)) throw new ArgumentException($"All {nameof(ClassWeights)} are 0; raise at least one.", nameof(ClassWeights));
        }
        if (BalancedClassWeights && ClassWeights is not null)
            throw new ArgumentException($"{nameof(ClassWeights)} and {nameof(BalancedClassWeights)} cannot be combined; set only one.", nameof(ClassWeights));
        if (BalancedClassWeights && BalancedSampling)
        {
            throw new ArgumentException(
                $"{nameof(BalancedClassWeights)} and {nameof(BalancedSampling)} cannot be combined: rare classes would be compensated twice. Set only one.",
                nameof(BalancedSampling));
        }
    }
}
