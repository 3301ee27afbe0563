using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Weights;

/// <summary>Derives a network configuration from the names and shapes of its weights.</summary>
internal static class ConfigDetector
{
    private const int MaximumStages = 4, MaximumDepth = 1000;

    /// <summary>
    /// Returns the configuration that the weights belong to: depths, widths, number of classes, V1 or V2, layer scale, stem and head. Values that the weights
    /// do not show have their defaults: norm epsilon, stochastic depth rate, initial layer scale.
    /// </summary>
    /// <param name="weights">Weights under official names.</param>
    /// <param name="file">Name of the file for error messages.</param>
    /// <exception cref="InvalidDataException">The weights are not those of a ConvNeXt classifier; the message names the missing tensor.</exception>
    public static ConvNeXtConfig Detect(WeightSet weights, string file)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return Detect(weights.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal), file);
    }

    /// <summary>Does the same from official names and shapes only, without the values.</summary>
    internal static ConvNeXtConfig Detect(IReadOnlyDictionary<string, ImmutableArray<int>> shapes, string file)
    {
        bool isotropic = shapes.ContainsKey("stem.weight");
        var depths = ImmutableArray.CreateBuilder<int>();
        var widths = ImmutableArray.CreateBuilder<int>();
        string Block(int stage, int block) => isotropic ? $"blocks.{block}" : $"stages.{stage}.{block}";
        for (int stage = 0; stage < (isotropic ? 1 : MaximumStages); stage++)
        {
            int depth = 0;
            while (depth < MaximumDepth && shapes.ContainsKey($"{Block(stage, depth)}.dwconv.weight")) depth++;
            depths.Add(depth);
            widths.Add(First($"{Block(stage, 0)}.dwconv.weight"));
        }
        string first = Block(0, 0);
        bool normBeforePooling = shapes.ContainsKey("norm_pre.weight");
        return new ConvNeXtConfig
        {
            Depths = depths.ToImmutable(),
            Widths = widths.ToImmutable(),
            ClassCount = First("head.weight"),
            LayerScaleInit = shapes.ContainsKey($"{first}.gamma") ? 1e-6f : null,
            GlobalResponseNorm = shapes.ContainsKey($"{first}.grn.gamma"),
            OverlappingStemWidth = shapes.ContainsKey("downsample_layers.0.2.weight") ? First("downsample_layers.0.0.weight") : null,
            NormBeforePooling = normBeforePooling,
            HeadHiddenWidth = shapes.ContainsKey("head.pre_logits.fc.weight") ? First("head.pre_logits.fc.weight") : null,
        };

        int First(string name) => shapes.TryGetValue(name, out ImmutableArray<int> shape) && shape.Length > 0
            ? shape[0]
            : throw new InvalidDataException($"{file}: tensor '{name}' is missing, so this is not a ConvNeXt classifier.");
    }
}
