using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Architecture.Roadmap;

/// <summary>
/// The layers of a network with <see cref="NetworkParts"/>, in the order in which they compute. Parameters, costs, the ONNX export and the TorchSharp engine
/// all follow it. Layers that ConvNeXt has as well have their official names.
/// </summary>
internal sealed class LayerPlan
{
    /// <summary>How many times wider one end of a block is than the other.</summary>
    public const int Expansion = 4;

    private const int StemKernel = 7, StemStride = 2;

    private readonly ConvNeXtConfig _config;
    private readonly NetworkParts _parts;

    private LayerPlan(ConvNeXtConfig config, NetworkParts parts)
    {
        (_config, _parts) = (config, parts);
        parts.Check(config);
        Stages = [.. Enumerable.Range(0, config.Depths.Length).Select(stage => Stage(stage))];
    }

    /// <summary>The layers of each stage. The first stage begins with the stem.</summary>
    public ImmutableArray<ImmutableArray<PlannedLayer>> Stages { get; }

    /// <summary>The norm of the pooled features; null for none.</summary>
    public PlannedNorm? HeadNorm => _parts.SeparateDownsampling ? Norm("norm", _config.Widths[^1]) : null;

    /// <summary>Plans a network.</summary>
    /// <param name="config">A network with <see cref="ConvNeXtConfig.Parts"/>.</param>
    /// <exception cref="ArgumentException">Its parts do not go together; the message says which.</exception>
    public static LayerPlan Of(ConvNeXtConfig config) =>
        new(config, config.Parts ?? throw new ArgumentException($"{config.Name} has no parts of its own.", nameof(config)));

    /// <summary>The parameters and statistics, in the order of the layers.</summary>
    public ImmutableArray<ParameterDescription> Parameters()
    {
        var table = ImmutableArray.CreateBuilder<ParameterDescription>();
        foreach (PlannedLayer layer in Stages.SelectMany(stage => stage)) Add(layer);
        if (HeadNorm is { } norm) Add(norm);
        table.Add(new ParameterDescription("head.weight", [_config.ClassCount, _config.Widths[^1]]));
        table.Add(new ParameterDescription("head.bias", [_config.ClassCount]));
        return table.ToImmutable();

        void Add(PlannedLayer layer)
        {
            switch (layer)
            {
                case PlannedConvolution convolution:
                    table.Add(new ParameterDescription(
                        $"{convolution.Name}.weight", convolution.IsMatrix ? convolution.KernelShape[..2] : convolution.KernelShape));
                    if (convolution.HasBias) table.Add(new ParameterDescription($"{convolution.Name}.bias", [convolution.Outputs]));
                    break;
                case PlannedNorm planned:
                    ReadOnlySpan<string> vectors = planned.Kind == NormKind.Batch
                        ? ["weight", "bias", ParameterDescription.RunningMean, ParameterDescription.RunningVariance]
                        : ["weight", "bias"];
                    foreach (string vector in vectors) table.Add(new ParameterDescription($"{planned.Name}.{vector}", [planned.Channels]));
                    break;
                case PlannedBlock block:
                    if (block.LayerScale is { } scale) table.Add(new ParameterDescription(scale, [block.Channels]));
                    foreach (PlannedLayer inner in block.Branch.Concat(block.Shortcut)) Add(inner);
                    break;
            }
        }
    }

    /// <summary>Multiply-accumulates of the convolutions and of the classifier for one image, counted as the papers count FLOPs.</summary>
    /// <param name="height">Image height in pixels.</param>
    /// <param name="width">Image width in pixels.</param>
    public long MultiplyAccumulates(int height, int width)
    {
        var cost = new PlanCost(height, width);
        foreach (PlannedLayer layer in Stages.SelectMany(stage => stage)) cost.Add(layer);
        return cost.Total + ((long)_config.Widths[^1] * _config.ClassCount);
    }

    private int WidthInside(int stage) => _parts.IsInverted ? _config.Widths[stage] * Expansion : _config.Widths[stage] / Expansion;

    private ImmutableArray<PlannedLayer> Stage(int stage)
    {
        var layers = ImmutableArray.CreateBuilder<PlannedLayer>();
        int channels = stage == 0 ? (_parts.IsInverted ? _config.Widths[0] : WidthInside(0)) : _config.Widths[stage - 1];
        if (stage == 0)
        {
            layers.AddRange(Stem(channels));
        }
        else if (_parts.SeparateDownsampling)
        {
            layers.Add(Norm($"downsample_layers.{stage}.0", channels));
            layers.Add(new PlannedConvolution($"downsample_layers.{stage}.1", channels, _config.Widths[stage], FeatureShape.DownsamplingPatch)
            {
                Stride = FeatureShape.DownsamplingPatch,
                HasBias = true,
            });
            channels = _config.Widths[stage];
        }
        for (int block = 0; block < _config.Depths[stage]; block++)
        {
            int stride = block == 0 && stage > 0 && !_parts.SeparateDownsampling ? FeatureShape.DownsamplingPatch : 1;
            layers.Add(Block(ParameterTable.BlockName(_config, stage, block), channels, stage, stride));
            channels = _config.Widths[stage];
        }
        return layers.ToImmutable();
    }

    private IEnumerable<PlannedLayer> Stem(int channels)
    {
        const string convolution = "downsample_layers.0.0", norm = "downsample_layers.0.1";
        if (_parts.Stem == StemKind.ResNet)
        {
            return
            [
                new PlannedConvolution(convolution, FeatureShape.ImageChannels, channels, StemKernel) { Stride = StemStride, Padding = StemKernel / 2 },
                new PlannedNorm(norm, channels, NormKind.Batch),
                new PlannedActivation(ActivationKind.Relu),
                new PlannedPooling(),
            ];
        }
        var patches = new PlannedConvolution(convolution, FeatureShape.ImageChannels, channels, FeatureShape.StemPatch)
        {
            Stride = FeatureShape.StemPatch,
            HasBias = true,
        };
        return _parts.SeparateDownsampling ? [patches, Norm(norm, channels)] : [patches];
    }

    private PlannedBlock Block(string name, int inputs, int stage, int stride)
    {
        int inside = WidthInside(stage), outputs = _config.Widths[stage];
        ImmutableArray<PlannedLayer> shortcut = stride == 1 && inputs == outputs
            ? []
            : [new PlannedConvolution($"{name}.shortcut.0", inputs, outputs, 1) { Stride = stride }, Norm($"{name}.shortcut.1", outputs)];
        return new PlannedBlock(
            name, _parts.SpatialFirst ? SpatialFirst(name, inputs, inside, outputs, stride) : SpatialBetween(name, inputs, inside, outputs, stride),
            shortcut, _parts.OneActivation ? null : Activation, _config.LayerScaleInit is null ? null : $"{name}.gamma", outputs);
    }

    private ImmutableArray<PlannedLayer> SpatialBetween(string name, int inputs, int inside, int outputs, int stride) =>
    [
        Pointwise($"{name}.conv1", inputs, inside),
        Norm($"{name}.norm1", inside),
        .. FirstActivation,
        Spatial($"{name}.conv2", inside, stride),
        Norm($"{name}.norm2", inside),
        Activation,
        Pointwise($"{name}.conv3", inside, outputs),
        Norm($"{name}.norm3", outputs),
    ];

    private ImmutableArray<PlannedLayer> SpatialFirst(string name, int inputs, int inside, int outputs, int stride) =>
    [
        Spatial($"{name}.dwconv", inputs, stride),
        Norm($"{name}.norm", inputs),
        .. FirstActivation,
        Pointwise($"{name}.pwconv1", inputs, inside) with { IsMatrix = true },
        .. OtherNorm($"{name}.norm1", inside),
        Activation,
        Pointwise($"{name}.pwconv2", inside, outputs) with { IsMatrix = true },
        .. OtherNorm($"{name}.norm2", outputs),
    ];

    private PlannedActivation Activation => new(_parts.Activation);

    private ImmutableArray<PlannedLayer> FirstActivation => _parts.OneActivation ? [] : [Activation];

    private ImmutableArray<PlannedLayer> OtherNorm(string name, int channels) => _parts.OneNorm ? [] : [Norm(name, channels)];

    private PlannedNorm Norm(string name, int channels) => new(name, channels, _parts.Norm);

    private PlannedConvolution Pointwise(string name, int inputs, int outputs) => new(name, inputs, outputs, 1) { HasBias = _parts.Norm == NormKind.Layer };

    /// <exception cref="ArgumentException">The channels cannot be divided into groups of that width.</exception>
    private PlannedConvolution Spatial(string name, int channels, int stride)
    {
        int groupWidth = _parts.GroupWidth ?? channels;
        if (channels % groupWidth != 0)
            throw new ArgumentException($"{_config.Name}: the {channels} channels of {name} cannot be divided into groups of {groupWidth}.");
        return new PlannedConvolution(name, channels, channels, _parts.Kernel)
        {
            Stride = stride,
            Padding = _parts.Kernel / 2,
            Groups = channels / groupWidth,
            HasBias = _parts.Norm == NormKind.Layer,
        };
    }
}
