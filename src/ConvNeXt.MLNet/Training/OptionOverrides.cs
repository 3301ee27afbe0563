using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Recipes;

namespace ConvNeXt.MLNet.Training;

/// <summary>Lays the values that are set in <see cref="ConvNeXtTrainer.Options"/> over those of a recipe.</summary>
internal static class OptionOverrides
{
    /// <summary>Returns the training options of a run, without the seed of the context and the class names.</summary>
    public static TrainingOptions Apply(ConvNeXtTrainer.Options options, Recipe recipe)
    {
        if (options.Epochs is { } epochs) recipe = recipe.WithEpochs(epochs);
        TrainingOptions training = recipe.Training;
        if (options.Augmentation is { } augmentation) training = AugmentationPresets.Apply(augmentation, training);
        double learningRate = options.LearningRate ?? training.LearningRate;
        return training with
        {
            BatchSize = options.BatchSize ?? training.BatchSize,
            LearningRate = learningRate,
            MinLearningRate = options.LearningRate is null ? training.MinLearningRate : Math.Min(training.MinLearningRate, learningRate),
            Preprocessing = PreprocessingChoice.Find(options, training.Preprocessing),
            Seed = options.Seed ?? training.Seed,
            MaxTrainingTime = options.MaxTrainingTime ?? training.MaxTrainingTime,
            EarlyStoppingPatience = options.EarlyStoppingPatience ?? training.EarlyStoppingPatience,
            MetricsFile = options.MetricsFile ?? training.MetricsFile,
            SkipUnreadableImages = options.SkipUnreadableImages ?? training.SkipUnreadableImages,
            ComputeThreads = options.ThreadCount ?? training.ComputeThreads,
            LoaderThreads = options.ThreadCount ?? training.LoaderThreads,
        };
    }

    /// <summary>Checks the values that are set, by themselves and against the recipe.</summary>
    /// <exception cref="ArgumentException">A value is out of range, or contradicts the recipe or another option; the message names the option.</exception>
    public static void Check(ConvNeXtTrainer.Options options, Recipe recipe)
    {
        if (options.Epochs is { } epochs)
        {
            Backbone.Check.AtLeast(epochs, 1, nameof(options.Epochs));
            int frozen = recipe.Training.FreezeBackboneEpochs;
            if (epochs < frozen)
            {
                throw Contradiction(
                    nameof(options.Epochs), epochs, $"the recipe freezes the backbone for {frozen} epochs ({nameof(TrainingOptions.FreezeBackboneEpochs)})");
            }
        }
        if (options.BatchSize is { } batchSize)
        {
            Backbone.Check.AtLeast(batchSize, 1, nameof(options.BatchSize));
            bool mixes = options.Augmentation == AugmentationPreset.Strong || (options.Augmentation is null && recipe.Training.Mixup is not null);
            if (batchSize == 1 && mixes && !recipe.Training.LinearProbe)
                throw Contradiction(nameof(options.BatchSize), batchSize, $"{nameof(TrainingOptions.Mixup)} needs at least 2 images per batch");
        }
        if (options.LearningRate is { } rate)
            Backbone.Check.Holds(rate > 0 && double.IsFinite(rate), rate, nameof(options.LearningRate), "above 0");
        if (options.ImageSize is { } size) Backbone.Check.InRange(size, 32, 4096, nameof(options.ImageSize));
        if (options.ImageWidth is { } width) Backbone.Check.InRange(width, 32, 4096, nameof(options.ImageWidth));
        if (options.MaxTrainingTime is { } time) Backbone.Check.Holds(time > TimeSpan.Zero, time, nameof(options.MaxTrainingTime), "above 0");
        if (options.ThreadCount is { } threads) Backbone.Check.AtLeast(threads, 0, nameof(options.ThreadCount));
        if (options.Augmentation is { } augmentation)
        {
            Backbone.Check.Defined(augmentation, nameof(options.Augmentation));
            if (recipe.Training.LinearProbe && augmentation != AugmentationPreset.None)
                throw Contradiction(nameof(options.Augmentation), augmentation, $"a {nameof(TrainingOptions.LinearProbe)} does not change its images");
        }
        if (options.EarlyStoppingPatience is { } patience)
        {
            Backbone.Check.AtLeast(patience, 1, nameof(options.EarlyStoppingPatience));
            if (options.ValidationSet is null && options.ValidationSetFraction is null)
            {
                throw Contradiction(
                    nameof(options.EarlyStoppingPatience),
                    patience,
                    $"{nameof(options.ValidationSetFraction)} and {nameof(options.ValidationSet)} are null, so there is nothing to compare epochs by");
            }
        }
    }

    private static ArgumentException Contradiction(string option, object value, string reason) =>
        new(FormattableString.Invariant($"Option {option} is {value}, but {reason}."), option);
}
