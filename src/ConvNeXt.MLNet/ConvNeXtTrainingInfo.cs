using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using static System.FormattableString;

namespace ConvNeXt.MLNet;

/// <summary>The settings that a model was trained with, after all options, the recipe and the weights were taken into account.</summary>
public sealed record ConvNeXtTrainingInfo
{
    /// <summary>The name of the recipe.</summary>
    public required string Recipe { get; init; }

    /// <summary>What training started from, in words: a file, the weights in the package, the initial model, or from scratch.</summary>
    public required string Start { get; init; }

    /// <summary>The network.</summary>
    public required ConvNeXtConfig Network { get; init; }

    /// <summary>
    /// All training options: the recipe with the changes of the trainer's options, and the seed that was used. If
    /// <see cref="TrainingOptions.NormalizeByTrainingSet"/> is set, the measured mean and standard deviation are in the preprocessing of the model only.
    /// </summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>The augmentation in words.</summary>
    public required string Augmentation { get; init; }

    /// <summary>The engine that trained.</summary>
    public required string Engine { get; init; }

    /// <summary>The number of training images.</summary>
    public required int TrainingImages { get; init; }

    /// <summary>The number of validation images; 0 for no validation.</summary>
    public required int ValidationImages { get; init; }

    /// <summary>Returns the settings as text of a few lines.</summary>
    public override string ToString()
    {
        ImagePreprocessing images = Options.Preprocessing;
        string time = Options.MaxTrainingTime is { } limit ? Invariant($" in at most {limit}") : "";
        string steps = Options.MinSteps > 0 ? Invariant($", at least {Options.MinSteps} steps") : "";
        ImagePreprocessing training = Options.TrainingPreprocessing;
        string smaller = training.Length < images.Length ? Invariant($" (trained at {training.Height} x {training.Width})") : "";
        string crop = images.ResizeMode == ResizeMode.Squash ? "squashed" : "cropped";
        return Invariant(
            $"""
            Training {Network.Name} for {Network.ClassCount} classes on {TrainingImages} images, {ValidationImages} more for validation.
              Start: {Start}
              Recipe: {Recipe}; {Options.Epochs} epochs{steps}{time} in batches of {Options.BatchSize}, learning rate {Options.LearningRate}
              Images: {images.Height} x {images.Width} pixels{smaller}, {crop}; augmentation: {Augmentation}
              Seed: {Options.Seed}; engine: {Engine}
            """);
    }
}
