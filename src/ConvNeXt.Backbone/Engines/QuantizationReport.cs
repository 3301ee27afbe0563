using System.Collections.Immutable;
using static System.FormattableString;

namespace ConvNeXt.Backbone.Engines;

/// <summary>What rounding changes in one block.</summary>
/// <param name="Name">Name of the block, such as <c>stages.2.8</c>.</param>
/// <param name="Decibels">
/// Signal-to-noise ratio of what the block adds to its input, with the input of the float32 network; negative infinity if results are not finite.
/// </param>
/// <param name="IsSingle">Whether the block stays in float32.</param>
public sealed record BlockQuantization(string Name, double Decibels, bool IsSingle);

/// <summary>Scoring with 8-bit products compared with float32 on given images.</summary>
public sealed record QuantizationReport
{
    /// <summary>Number of images.</summary>
    public required int Images { get; init; }

    /// <summary>Share of images whose most likely class is the same, from 0 to 1.</summary>
    public required double Agreement { get; init; }

    /// <summary>Half the sum of the absolute changes of an image's probabilities, averaged over the images; from 0 to 1.</summary>
    public required double MeanChange { get; init; }

    /// <summary>The largest change of any probability.</summary>
    public required double LargestChange { get; init; }

    /// <summary>The blocks in the order of the network.</summary>
    public required ImmutableArray<BlockQuantization> Blocks { get; init; }

    /// <summary>Names of the layers that stay in float32, for <see cref="EngineOptions.SingleLayers"/>.</summary>
    public ImmutableArray<string> SingleLayers => [.. Blocks.Where(block => block.IsSingle).Select(block => block.Name)];

    /// <summary>The report in one sentence.</summary>
    public override string ToString() => Invariant(
        $"{Agreement:P2} of {Images} images keep their class, probabilities change by {MeanChange:0.0000} (at most {LargestChange:0.0000}), ")
        + Invariant($"{SingleLayers.Length} of {Blocks.Length} blocks stay in float32.");
}

/// <summary>Scoring with 8-bit products differs more from float32 than it may.</summary>
public sealed class QuantizationException : Exception
{
    internal QuantizationException(string message, QuantizationReport report)
        : base(message) => Report = report;

    /// <summary>The comparison.</summary>
    public QuantizationReport Report { get; }
}
