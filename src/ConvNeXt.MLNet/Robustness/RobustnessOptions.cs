using System.Collections.Immutable;
using ConvNeXt.Backbone;

namespace ConvNeXt.MLNet.Robustness;

/// <summary>What <see cref="RobustnessEvaluation"/> measures.</summary>
public sealed record RobustnessOptions
{
    /// <summary>The corruptions; by default the 15 standard ones.</summary>
    public ImmutableArray<ImageCorruption> Corruptions { get; init; } = ImageCorruption.Standard;

    /// <summary>The severities, from 1 to 5; by default all.</summary>
    public ImmutableArray<int> Severities { get; init; } = [1, 2, 3, 4, 5];

    /// <summary>
    /// Quality of the JPEG compression that follows each corruption, from 1 to 100, or null for none. ImageNet-C was published as JPEG files of quality 85.
    /// </summary>
    public int? JpegQuality { get; init; } = 85;

    /// <summary>Seed of what the corruptions draw.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message says which one and what is allowed.</exception>
    internal void Validate()
    {
        Check.Holds(!Corruptions.IsDefaultOrEmpty, Corruptions, nameof(Corruptions), "at least one corruption");
        Check.Holds(!Severities.IsDefaultOrEmpty, Severities, nameof(Severities), "at least one severity");
        foreach (int severity in Severities) Check.InRange(severity, 1, ImageCorruption.HighestSeverity, nameof(Severities));
        if (JpegQuality is { } quality) Check.InRange(quality, 1, 100, nameof(JpegQuality));
    }
}
