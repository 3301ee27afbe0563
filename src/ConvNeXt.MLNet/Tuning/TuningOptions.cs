using ConvNeXt.Backbone;
using ConvNeXt.MLNet.Tuning.Search;
using ConvNeXt.MLNet.Tuning.Trials;

namespace ConvNeXt.MLNet.Tuning;

/// <summary>How long and where <see cref="ConvNeXtTrainer.Tune"/> searches.</summary>
public sealed record TuningOptions
{
    /// <summary>
    /// The time for everything: search, the measurement on held-out images and the final training; null for no limit. What it decides is written to the
    /// journal. At least one of this and <see cref="Trials"/> must be set.
    /// </summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>
    /// The number of settings to try, the default settings included, at least 1; null for as many as fit into <see cref="TimeLimit"/>. With this alone, the
    /// same seed gives the same search.
    /// </summary>
    public int? Trials { get; init; }

    /// <summary>
    /// The share of each class that is held out to measure the result and chooses nothing, above 0 and below 1. Not used with
    /// <see cref="ConvNeXtTrainer.Options.ValidationSet"/>, which is then what is held out.
    /// </summary>
    public double HeldOutFraction { get; init; } = 0.2;

    /// <summary>What is searched; null for <see cref="TuningSpace.Around"/> the recipe.</summary>
    public TuningSpace? Space { get; init; }

    /// <summary>Names of <see cref="TunedOption"/> that are not searched, so that they keep the value of the default settings.</summary>
    public IReadOnlyCollection<string> Fixed { get; init; } = [];

    /// <summary>
    /// The folder of the journal (<c>journal.jsonl</c>, a line for each measurement) and of the checkpoint of the trial in progress; created if it does not
    /// exist. Null writes nothing, so that a search that was interrupted is lost.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>
    /// Whether to continue the search in <see cref="Folder"/>, with the same options on the same data. If there is none, a new one begins. False: a folder with
    /// a journal is refused.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>Called on the training thread after each step and each measurement.</summary>
    public Action<TuningProgress>? ProgressCallback { get; init; }

    /// <summary>How trials are chosen and measured.</summary>
    internal SearchPolicy Policy { get; init; } = new();

    /// <summary>Whether to train the final model; otherwise the result has none.</summary>
    internal bool TrainsFinalModel { get; init; } = true;

    /// <summary>The clock of <see cref="TimeLimit"/>; null for that of the system.</summary>
    internal TimeProvider? Clock { get; init; }

    /// <exception cref="ArgumentException">A value is out of range, or neither a time nor a number of trials is set.</exception>
    internal void Validate()
    {
        if (TimeLimit is null && Trials is null)
            throw new ArgumentException($"Set {nameof(TimeLimit)}, {nameof(Trials)} or both; a search needs an end.", nameof(Trials));
        Check.Holds(TimeLimit is null || TimeLimit > TimeSpan.Zero, TimeLimit, nameof(TimeLimit), "above 0");
        Check.AtLeast(Trials ?? 1, 1, nameof(Trials));
        Check.Holds(HeldOutFraction is > 0 and < 1, HeldOutFraction, nameof(HeldOutFraction), "above 0 and below 1");
        if (Resume && Folder is null) throw new ArgumentException($"{nameof(Resume)} needs the {nameof(Folder)} of the search.", nameof(Resume));
        ArgumentNullException.ThrowIfNull(Fixed);
        foreach (string name in Fixed) TunedValues.Check(name);
        Space?.Validate();
    }
}
