using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Architecture.Roadmap;

namespace ConvNeXt.Backbone.Weights.Onnx;

/// <summary>Builds the graph of a network with parts of its own. Feature maps are NCHW; LayerNorms turn them to NHWC and back.</summary>
internal sealed class OnnxPlanNetwork(OnnxGraph graph, ConvNeXtConfig config, WeightSet weights)
{
    // Layers that ConvNeXt has as well.
    private readonly OnnxNetwork _layers = new(graph, config, weights);
    private int _unnamed;

    /// <summary>Adds all nodes and returns the name of the logits.</summary>
    internal string Build(string images)
    {
        LayerPlan plan = LayerPlan.Of(config);
        string x = Chain(images, plan.Stages.SelectMany(stage => stage));
        x = graph.Node("Flatten", "pooled", [graph.Node("GlobalAveragePool", "pool", [x])], OnnxMessages.Attribute("axis", 1));
        if (plan.HeadNorm is { } norm) x = _layers.Norm(x, norm.Name);
        return graph.Node("Gemm", "logits", [x, _layers.Weight("head.weight"), _layers.Weight("head.bias")], OnnxMessages.Attribute("transB", 1));
    }

    private string Chain(string x, IEnumerable<PlannedLayer> layers) => layers.Aggregate(x, Layer);

    private string Layer(string x, PlannedLayer layer) => layer switch
    {
        PlannedConvolution convolution => Convolution(x, convolution),
        PlannedNorm { Kind: NormKind.Batch } norm => BatchNorm(x, norm.Name),
        PlannedNorm norm => _layers.NormMap(x, norm.Name),
        PlannedActivation activation => Activation(x, activation),
        PlannedPooling => graph.Node(
            "MaxPool", "stem.pool", [x],
            OnnxMessages.Attribute("kernel_shape", [PlannedPooling.Kernel, PlannedPooling.Kernel]),
            OnnxMessages.Attribute("strides", [PlannedPooling.Stride, PlannedPooling.Stride]),
            OnnxMessages.Attribute("pads", [PlannedPooling.Padding, PlannedPooling.Padding, PlannedPooling.Padding, PlannedPooling.Padding])),
        PlannedBlock block => Block(x, block),
        _ => throw new NotSupportedException($"{layer.GetType().Name} has no form in ONNX."),
    };

    private string Block(string x, PlannedBlock block)
    {
        string branch = Chain(x, block.Branch);
        if (block.LayerScale is { } scale)
            branch = graph.Node("Mul", $"{block.Name}.scaled", [branch, graph.Tensor(scale, [block.Channels, 1, 1], weights[scale].Values)]);
        string sum = graph.Node("Add", $"{block.Name}.sum", [branch, Chain(x, block.Shortcut)]);
        return block.Activation is { } activation ? Activation(sum, activation) : sum;
    }

    private string Convolution(string x, PlannedConvolution layer)
    {
        WeightTensor weight = weights[$"{layer.Name}.weight"];
        List<string> inputs = [x, graph.Tensor(weight.Name, layer.KernelShape, weight.Values)];
        if (layer.HasBias) inputs.Add(_layers.Weight($"{layer.Name}.bias"));
        return graph.Node(
            "Conv", $"{layer.Name}.conv", inputs,
            OnnxMessages.Attribute("kernel_shape", [layer.Kernel, layer.Kernel]), OnnxMessages.Attribute("strides", [layer.Stride, layer.Stride]),
            OnnxMessages.Attribute("pads", [layer.Padding, layer.Padding, layer.Padding, layer.Padding]), OnnxMessages.Attribute("group", layer.Groups));
    }

    private string BatchNorm(string x, string name) => graph.Node(
        "BatchNormalization", $"{name}.normed",
        [
            x, _layers.Weight($"{name}.weight"), _layers.Weight($"{name}.bias"), _layers.Weight($"{name}.{ParameterDescription.RunningMean}"),
            _layers.Weight($"{name}.{ParameterDescription.RunningVariance}"),
        ],
        OnnxMessages.Attribute("epsilon", PlannedNorm.BatchEpsilon));

    private string Activation(string x, PlannedActivation activation)
    {
        string name = $"activation.{_unnamed++}";
        return activation.Kind == ActivationKind.Gelu ? _layers.Gelu(x, name) : graph.Node("Relu", name, [x]);
    }
}
