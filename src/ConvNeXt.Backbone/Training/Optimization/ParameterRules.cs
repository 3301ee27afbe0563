using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
namespace ConvNeXt.Backbone.Training.Optimization;

/// <summary>
/// The table of how the optimizer treats each parameter: no weight decay for one-dimensional ones, biases, and the vectors of Global Response
/// Normalization (optim_factory.py of V1 and V2), and layer-wise learning rates.
/// </summary>
internal static class ParameterRules
{
    /// <summary>The rule of every parameter of a network, under its official name.</summary>
    /// <param name="config">The network.</param>
    /// <param name="weightDecay">Decay of convolution and linear weights, at least 0.</param>
    /// <param name="layerDecay">Layer-wise learning-rate decay in (0, 1]; 1 treats all layers alike.</param>
    /// <param name="rule">Which layers share a learning rate.</param>
    public static ImmutableDictionary<string, ParameterRule> Create(
        ConvNeXtConfig config, double weightDecay, double layerDecay = 1, LayerDecayRule rule = LayerDecayRule.Groups) =>
        ParameterTable.Of(config).ToImmutableDictionary(
            parameter => parameter.Name,
            parameter => new ParameterRule(HasWeightDecay(parameter) ? weightDecay : 0, LayerDecay.ScaleOf(config, parameter.Name, layerDecay, rule)),
            StringComparer.Ordinal);

    private static bool HasWeightDecay(ParameterDescription parameter) =>
        parameter.Shape.Length != 1 && !parameter.IsResponseNorm && !parameter.Name.EndsWith(".bias", StringComparison.Ordinal);
}
