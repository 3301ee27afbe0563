using System.Collections.Immutable;

namespace ConvNeXt.MLNet.Tuning.Search;

/// <summary>A trial of a search with what was measured so far.</summary>
internal sealed class TrialRecord(int number, ImmutableSortedDictionary<string, double> settings)
{
    private readonly SortedDictionary<(int Round, int Split), TrialOutcome> _outcomes = [];

    public int Number { get; } = number;

    public ImmutableSortedDictionary<string, double> Settings { get; } = settings;

    /// <summary>Why it failed; null if it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Whether there was no time for its next measurement, so that it is not promoted.</summary>
    public bool IsSkipped { get; set; }

    /// <summary>The time that its measurements took, in seconds.</summary>
    public double Seconds { get; set; }

    /// <summary>The last round that it was completely measured in; -1 for none.</summary>
    public int FindLastRound(SearchPolicy policy)
    {
        int round = policy.Last;
        while (round >= 0 && !IsMeasured(round, policy.Rounds[round].Splits)) round--;
        return round;
    }

    public void Add(int round, int split, TrialOutcome outcome)
    {
        Failure ??= outcome.Failure;
        _outcomes[(round, split)] = outcome;
    }

    public bool Has(int round, int split) => _outcomes.ContainsKey((round, split));

    /// <summary>The outcome of a measurement; null if it was not measured or failed.</summary>
    public TrialOutcome? Find(int round, int split) => _outcomes.GetValueOrDefault((round, split)) is { Failure: null } outcome ? outcome : null;

    /// <summary>Whether all splits of a round are measured.</summary>
    public bool IsMeasured(int round, int splits) => Enumerable.Range(0, splits).All(split => Find(round, split) is not null);

    /// <summary>The losses of the images of a round's splits.</summary>
    public float[] LossesOf(int round, int splits) => [.. Enumerable.Range(0, splits).SelectMany(split => Find(round, split)!.Losses)];

    /// <summary>The number of images of a round's splits that were classified correctly.</summary>
    public int HitsOf(int round, int splits) => Enumerable.Range(0, splits).Sum(split => Find(round, split)!.Hits);

    /// <summary>The mean loss in a round; infinite for a trial that failed.</summary>
    public double LossOf(int round, int splits) => Failure is not null || !IsMeasured(round, splits)
        ? double.PositiveInfinity
        : LossesOf(round, splits).Average(loss => (double)loss);
}
