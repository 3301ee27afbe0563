using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.MLNet.Weights;

/// <summary>Weights with the network that they belong to.</summary>
/// <param name="Weights">All weights under official names.</param>
/// <param name="Config">The network, with the class count of the weights' head.</param>
/// <param name="Source">Where they are from, for messages.</param>
internal sealed record LoadedWeights(WeightSet Weights, ConvNeXtConfig Config, string Source)
{
    /// <summary>Their license; null if it is not known.</summary>
    public string? License { get; init; }

    /// <summary>Checks weights against a network, or finds out their network.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="expected">The network, with any class count; null for the one that the weights show.</param>
    /// <param name="classCount">Class count of the weights' head.</param>
    /// <param name="source">Where they are from, for messages.</param>
    /// <exception cref="WeightMismatchException">The weights belong to another network.</exception>
    /// <exception cref="InvalidDataException">The weights are not those of a ConvNeXt classifier.</exception>
    public static LoadedWeights Create(WeightSet weights, ConvNeXtConfig? expected, int classCount, string source)
    {
        ConvNeXtConfig config = (expected ?? Detect(weights, source)) with { ClassCount = classCount };
        WeightCheck.Require(config, weights, source);
        return new LoadedWeights(weights, config, source);
    }

    // The weights do not show all settings (norm epsilon), so a known network is taken from the table.
    private static ConvNeXtConfig Detect(WeightSet weights, string source)
    {
        ConvNeXtConfig config = ConfigDetector.Detect(weights, source);
        return ConvNeXtArchitectures.Recognize(config)?.Config ?? config;
    }
}
