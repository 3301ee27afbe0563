using System.Collections.Immutable;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Tuning;

/// <summary>One set of settings and how far it got.</summary>
public sealed record TuningTrial
{
    /// <summary>The number of the trial with features and a linear head.</summary>
    public const int LinearProbe = 0;

    /// <summary>The number of the trial with the default settings.</summary>
    public const int Default = 1;

    /// <summary>The number, in the order in which trials began.</summary>
    public required int Number { get; init; }

    /// <summary>The settings: values by <see cref="TunedOption"/>.</summary>
    public required ImmutableSortedDictionary<string, double> Settings { get; init; }

    /// <summary>The share of its steps that the trial was trained for at last, each time with a schedule that ends there; above 0 and at most 1.</summary>
    public required double StepShare { get; init; }

    /// <summary>How good it was then, on the images of <see cref="Splits"/> that it was not trained on; null if it was not measured.</summary>
    public required TuningScore? Score { get; init; }

    /// <summary>The number of splits of the images that <see cref="Score"/> is from.</summary>
    public required int Splits { get; init; }

    /// <summary>The time that all measurements of the trial took.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Why the trial could not be trained; null if it could.</summary>
    public required string? Failure { get; init; }

    /// <summary>A name for people: "features + linear head", "default" or the number.</summary>
    public string Name => Number switch { LinearProbe => "features + linear head", Default => "default", _ => Invariant($"trial {Number}") };

    /// <summary>Returns name, score and settings as one line.</summary>
    public override string ToString()
    {
        string score = Failure is not null ? $"failed: {Failure}" : Score is null ? "not measured" : Invariant($"{Score}, {StepShare:0.##} of the steps");
        return $"{Name}: {score}; {Describe(Settings)}";
    }

    internal static string Describe(ImmutableSortedDictionary<string, double> settings) =>
        string.Join(", ", settings.Select(setting => Invariant($"{setting.Key} {setting.Value}")));
}
