using System.Collections.Immutable;

namespace ConvNeXt.MLNet.Tuning.Search;

/// <summary>A round of successive halving.</summary>
/// <param name="Share">The share of its steps that a trial is trained for, with a schedule of that length; above 0 and at most 1.</param>
/// <param name="Splits">The number of splits that it is measured on; those of the rounds before are among them.</param>
internal readonly record struct SearchRound(double Share, int Splits);

/// <summary>How trials are drawn, measured and promoted.</summary>
internal sealed record SearchPolicy
{
    /// <summary>The rounds, from short to long; the last one has a share of 1.</summary>
    public ImmutableArray<SearchRound> Rounds { get; init; } = [new(0.25, 1), new(0.5, 2), new(1, 3)];

    /// <summary>Of so many trials of a round, one is promoted to the next.</summary>
    public int Reduction { get; init; } = 3;

    /// <summary>Whether new trials change some values of the default or of the best trial; otherwise all values are drawn from their whole range.</summary>
    public bool DrawsNearBest { get; init; } = true;

    /// <summary>Random search, for comparison: every trial is trained for all of its steps at once.</summary>
    public static SearchPolicy RandomSearch { get; } = new() { Rounds = [new(1, 3)], DrawsNearBest = false };

    /// <summary>The index of the last round.</summary>
    public int Last => Rounds.Length - 1;
}
