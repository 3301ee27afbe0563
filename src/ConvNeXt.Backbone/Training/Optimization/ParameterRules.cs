using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;

namespace ConvNeXt.Backbone.Training.Optimization;

/// <summary>
/// Creates the optimizer rule of each parameter: no weight decay for one-dimensional parameters, biases, and the vectors of Global Response Normalization
/// (optim_factory.py of V1 and V2), and layer-wise learning rates.
/// </summary>
internal static class ParameterRules
{
    /// <summary>Creates the rules of all parameters of a network, keyed by official name.</summary>
    /// <param name="config">The network.</param>
    /// <param name="weightDecay">Weight decay for convolution and linear weights, at least 0.</param>
    /// <param name="layerDecay">Layer-wise learning-rate decay in (0, 1]; 1 gives all layers the same learning rate.</param>
    /// <param name="rule">How layers are grouped for layer-wise decay.</param>
    public static ImmutableDictionary<string, ParameterRule> Create(
        ConvNeXtConfig config, double weightDecay, double layerDecay = 1, LayerDecayRule rule = LayerDecayRule.Groups) =>
        ParameterTable.Of(config).ToImmutableDictionary(
            parameter => parameter.Name,
            parameter => new ParameterRule(HasWeightDecay(parameter) ? weightDecay : 0, LayerDecay.ScaleOf(config, parameter.Name, layerDecay, rule)),
            StringComparer.Ordinal);

    private static bool HasWeightDecay(ParameterDescription parameter) =>
        parameter.Shape.Length != 1 && !parameter.IsResponseNorm && !parameter.Name.EndsWith(".bias", StringComparison.Ordinal);
}
