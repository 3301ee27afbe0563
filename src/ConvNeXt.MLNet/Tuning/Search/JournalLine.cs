using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace ConvNeXt.MLNet.Tuning.Search;

/// <summary>What a line of the journal records.</summary>
internal enum JournalEvent
{
    /// <summary>The first line: what is searched.</summary>
    Search,

    /// <summary>A training was measured, or failed.</summary>
    Measured,

    /// <summary>There was no time for a trial's next measurement.</summary>
    Skipped,

    /// <summary>There was no time for further trials in a round.</summary>
    Closed,

    /// <summary>There was no time to measure on the held-out images.</summary>
    Unmeasured,
}

/// <summary>One line of the journal. What a line does not need is null and is not written.</summary>
internal sealed record JournalLine
{
    /// <summary>The version of the format.</summary>
    public const int CurrentVersion = 1;

    /// <summary>What it records.</summary>
    public required JournalEvent Event { get; init; }

    /// <summary>Seconds since the search began, in all sessions.</summary>
    public double At { get; init; }

    /// <summary>The version of the format, in the first line.</summary>
    public int? Version { get; init; }

    /// <summary>Options, network and data of the search, in the first line.</summary>
    public ImmutableSortedDictionary<string, string>? Identity { get; init; }

    /// <summary>The number of the trial.</summary>
    public int? Trial { get; init; }

    /// <summary>The round, from 0.</summary>
    public int? Round { get; init; }

    /// <summary>The split, from 0, or <see cref="TrialTask.HeldOut"/>.</summary>
    public int? Split { get; init; }

    /// <summary>The settings of the trial.</summary>
    public ImmutableSortedDictionary<string, double>? Settings { get; init; }

    /// <summary>The mean of <see cref="Losses"/>, for people.</summary>
    public double? LogLoss { get; init; }

    /// <summary>The number of images that were classified correctly.</summary>
    public int? Hits { get; init; }

    /// <summary>The loss of each image.</summary>
    public ImmutableArray<float>? Losses { get; init; }

    /// <summary>Why the settings could not be trained.</summary>
    public string? Failure { get; init; }

    /// <summary>The seconds that the training and its measurement took.</summary>
    public double? Seconds { get; init; }

    /// <summary>Whether a line of a file has what its event needs.</summary>
    [JsonIgnore]
    public bool IsComplete => Event switch
    {
        JournalEvent.Search => Version is not null && Identity is not null,
        JournalEvent.Measured => Trial is >= 0 && Round is >= 0 && Split is >= TrialTask.HeldOut && Settings is not null && Seconds is >= 0
            && (Failure is not null || (Losses is { IsEmpty: false } && Hits is >= 0)),
        JournalEvent.Skipped => Trial is >= 0 && Settings is not null,
        JournalEvent.Closed => Round is >= 0,
        _ => true,
    };
}
