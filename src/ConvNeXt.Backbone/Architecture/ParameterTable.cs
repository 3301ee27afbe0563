using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture.Roadmap;
using ConvNeXt.Backbone.Kernels.Normalization;

namespace ConvNeXt.Backbone.Architecture;

/// <summary>One parameter of a network, or a statistic of a batch norm.</summary>
/// <param name="Name">Official name.</param>
/// <param name="Shape">Official shape: linear (out, in), convolution (out, in/groups, height, width).</param>
internal sealed record ParameterDescription(string Name, ImmutableArray<int> Shape)
{
    /// <summary>Whether it is the gamma or beta of a Global Response Normalization: a vector that official files store as [1, 1, 1, channels].</summary>
    internal bool IsResponseNorm => Name.EndsWith(".grn.gamma", StringComparison.Ordinal) || Name.EndsWith(".grn.beta", StringComparison.Ordinal);

    /// <summary>Last part of the name of a batch norm's running average of the channels' means.</summary>
    internal const string RunningMean = "running_mean";

    /// <summary>Last part of the name of a batch norm's running average of the channels' variances.</summary>
    internal const string RunningVariance = "running_var";

    /// <summary>Whether it is a running average of a batch norm, which the optimizer never changes and which is not counted as a parameter.</summary>
    internal bool IsStatistic => Name.EndsWith($".{RunningMean}", StringComparison.Ordinal) || IsVariance;

    /// <summary>Whether it is the running variance of a batch norm.</summary>
    internal bool IsVariance => Name.EndsWith($".{RunningVariance}", StringComparison.Ordinal);

    /// <summary>Whether it is the kernel of a depthwise convolution.</summary>
    internal bool IsDepthwise => Name.EndsWith(".dwconv.weight", StringComparison.Ordinal);
}

/// <summary>Names and shapes of all parameters of a network, in the order of the official state dict.</summary>
internal static class ParameterTable
{
    /// <summary>Returns the parameters of a configuration.</summary>
    public static ImmutableArray<ParameterDescription> Of(ConvNeXtConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.Parts is not null) return LayerPlan.Of(config).Parameters();
        var table = ImmutableArray.CreateBuilder<ParameterDescription>();
        var widths = config.Widths;

        AddStem();
        for (int stage = 1; stage < widths.Length; stage++)
        {
            AddWithBias($"downsample_layers.{stage}.0", widths[stage - 1]);
            AddWithBias($"downsample_layers.{stage}.1", widths[stage], widths[stage - 1], 2, 2);
        }
        for (int stage = 0; stage < widths.Length; stage++)
            for (int block = 0; block < config.Depths[stage]; block++) AddBlock(BlockName(config, stage, block), widths[stage]);
        AddWithBias(config.NormBeforePooling ? "norm_pre" : "norm", widths[^1]);
        if (config.HeadHiddenWidth is { } hidden) AddWithBias("head.pre_logits.fc", hidden, widths[^1]);
        AddWithBias("head", config.ClassCount, config.FeatureCount);
        return table.ToImmutable();

        void AddStem()
        {
            if (config.IsIsotropic)
            {
                AddWithBias("stem", widths[0], 3, 16, 16);
                return;
            }
            if (config.OverlappingStemWidth is { } between)
            {
                AddWithBias("downsample_layers.0.0", between, 3, 3, 3);
                AddWithBias("downsample_layers.0.1", widths[0], between, 3, 3);
                AddWithBias("downsample_layers.0.2", widths[0]);
                return;
            }
            AddWithBias("downsample_layers.0.0", widths[0], 3, 4, 4);
            AddWithBias("downsample_layers.0.1", widths[0]);
        }

        void AddBlock(string prefix, int width)
        {
            if (config.LayerScaleInit is not null) Add($"{prefix}.gamma", width);
            AddWithBias($"{prefix}.dwconv", width, 1, 7, 7);
            AddWithBias($"{prefix}.norm", width);
            AddWithBias($"{prefix}.pwconv1", 4 * width, width);
            if (config.GlobalResponseNorm)
            {
                Add($"{prefix}.grn.gamma", 1, 1, 1, 4 * width);
                Add($"{prefix}.grn.beta", 1, 1, 1, 4 * width);
            }
            AddWithBias($"{prefix}.pwconv2", width, 4 * width);
        }

        void Add(string name, params ReadOnlySpan<int> shape) => table.Add(new ParameterDescription(name, [.. shape]));

        void AddWithBias(string name, params ReadOnlySpan<int> shape)
        {
            Add($"{name}.weight", shape);
            Add($"{name}.bias", shape[0]);
        }
    }

    /// <summary>Official name of a block, the prefix of its parameters' names.</summary>
    internal static string BlockName(ConvNeXtConfig config, int stage, int block) => config.IsIsotropic ? $"blocks.{block}" : $"stages.{stage}.{block}";
}
