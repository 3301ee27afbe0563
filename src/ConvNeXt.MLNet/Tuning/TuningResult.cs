using System.Collections.Immutable;
using ConvNeXt.Backbone.Training.Metrics;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Tuning;

/// <summary>What a search found.</summary>
public sealed record TuningResult
{
    /// <summary>
    /// The chosen settings, ready for a trainer: the same options with the recipe and the image size that were found. Nothing is held out, because the settings
    /// are chosen already.
    /// </summary>
    public required ConvNeXtTrainer.Options Options { get; init; }

    /// <summary>The chosen trial.</summary>
    public required TuningTrial Chosen { get; init; }

    /// <summary>
    /// All trials in the order in which they began: features and a linear head (0, if the start has trained features), the default settings (1), and the
    /// others.
    /// </summary>
    public required ImmutableArray<TuningTrial> Trials { get; init; }

    /// <summary>
    /// The chosen settings, trained without the held-out images and measured on them. These images chose nothing, neither settings nor epoch, so this is what
    /// to expect of other images of the same kind; the log losses of <see cref="Trials"/> are too good, because the lowest was chosen. Null if there was no
    /// time or nothing to hold out.
    /// </summary>
    public required TuningScore? HeldOut { get; init; }

    /// <summary>The same of the default settings.</summary>
    public required TuningScore? DefaultHeldOut { get; init; }

    /// <summary>
    /// The model with the chosen settings, trained on all images (except those of <see cref="ConvNeXtTrainer.Options.ValidationSet"/>); null if the search was
    /// canceled.
    /// </summary>
    public required ConvNeXtClassificationTransformer? Model { get; init; }

    /// <summary>Whether the search was canceled; the other values are then those so far.</summary>
    public required bool IsCanceled { get; init; }

    /// <summary>What is worth knowing about the search, such as why nothing was searched.</summary>
    public required ImmutableArray<string> Notes { get; init; }

    /// <summary>The time that it took, in all sessions of a resumed search.</summary>
    public required TimeSpan Elapsed { get; init; }
}

/// <summary>How good settings are on some images.</summary>
/// <param name="LogLoss">The mean of -ln(probability of the right class). Lower is better.</param>
/// <param name="Accuracy">The share of the images that are classified correctly, from 0 to 1.</param>
/// <param name="Images">The number of images.</param>
public sealed record TuningScore(double LogLoss, double Accuracy, int Images)
{
    /// <summary>The 95 % confidence interval of <see cref="Accuracy"/>.</summary>
    public AccuracyInterval AccuracyInterval => AccuracyInterval.Of(Accuracy, Images);

    /// <summary>Returns the numbers as text.</summary>
    public override string ToString() => Invariant($"log loss {LogLoss:0.000}, accuracy {Accuracy:0.000} (95 %: {AccuracyInterval}) on {Images} images");
}
