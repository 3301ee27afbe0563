using static System.FormattableString;

namespace ConvNeXt.Backbone.Engines;

/// <summary>How much scoring with 8-bit products may differ from float32, for a check on given images.</summary>
public sealed record QuantizationOptions
{
    /// <summary>
    /// The lowest signal-to-noise ratio of a block in decibels: what the block adds to its input, against what rounding changes in that. A block below it
    /// stays in float32.
    /// </summary>
    public double LowestBlockDecibels { get; init; } = 15;

    /// <summary>The lowest share of images that must keep their most likely class, from 0 to 1.</summary>
    public double LowestAgreement { get; init; } = 0.99;

    /// <summary>
    /// The largest mean change of probabilities: half the sum of the absolute changes of an image's probabilities, averaged over the images; from 0 to 1.
    /// </summary>
    public double LargestMeanChange { get; init; } = 0.02;

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    internal void Validate()
    {
        if (double.IsNaN(LowestBlockDecibels)) throw new ArgumentException($"{nameof(LowestBlockDecibels)} is NaN; it must be a number of decibels.");
        CheckShare(LowestAgreement, nameof(LowestAgreement));
        CheckShare(LargestMeanChange, nameof(LargestMeanChange));
    }

    private static void CheckShare(double value, string name)
    {
        if (!(value is >= 0 and <= 1)) throw new ArgumentException(Invariant($"{name} is {value}; it must be from 0 to 1."));
    }
}
