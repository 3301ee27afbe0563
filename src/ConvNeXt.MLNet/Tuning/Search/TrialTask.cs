using System.Collections.Immutable;

namespace ConvNeXt.MLNet.Tuning.Search;

/// <summary>One training and its measurement: the smallest part of a search.</summary>
/// <param name="Trial">The number of the trial.</param>
/// <param name="Round">The round, from 0.</param>
/// <param name="Split">The split, from 0, or <see cref="HeldOut"/>.</param>
/// <param name="Share">The share of the steps.</param>
/// <param name="Settings">The settings of the trial.</param>
internal sealed record TrialTask(int Trial, int Round, int Split, double Share, ImmutableSortedDictionary<string, double> Settings)
{
    /// <summary>As a split: trained on all images of the search and measured on those that are held out.</summary>
    public const int HeldOut = -1;
}

/// <summary>What a training and its measurement gave.</summary>
internal sealed record TrialOutcome
{
    /// <summary>The loss of each image that was measured on, in an order that depends on the split alone; empty after a failure.</summary>
    public ImmutableArray<float> Losses { get; init; } = [];

    /// <summary>The number of those images that were classified correctly.</summary>
    public int Hits { get; init; }

    /// <summary>Why the settings could not be trained; null if they could.</summary>
    public string? Failure { get; init; }
}

/// <summary>Trains and measures settings.</summary>
internal interface ITrialEvaluator
{
    /// <summary>Trains and measures. The outcome depends on the task alone, not on what was evaluated before. Settings that cannot be trained are a failure in
    /// the outcome, not an exception.</summary>
    /// <exception cref="OperationCanceledException">The search was canceled.</exception>
    TrialOutcome Evaluate(TrialTask task);

    /// <summary>Estimates the work of a task, in a unit that is the same for all tasks.</summary>
    double EstimateWork(TrialTask task);
}
