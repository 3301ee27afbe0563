using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Weights.Onnx;

/// <summary>
/// Builds the graph of a network. Feature maps are NCHW between the parts, as ONNX's convolutions want them; inside a block and in norms they are turned to NHWC.
/// </summary>
/// <param name="graph">Receives the nodes.</param>
/// <param name="config">The network.</param>
/// <param name="weights">Its weights.</param>
/// <param name="int8">Whether the linear layers of the blocks multiply 8-bit numbers.</param>
internal sealed class OnnxNetwork(OnnxGraph graph, ConvNeXtConfig config, WeightSet weights, bool int8 = false)
{
    private const float GrnEpsilon = 1e-6f;

    /// <summary>Adds all nodes and returns the name of the logits.</summary>
    internal string Build(string images)
    {
        string x = Stem(images);
        for (int stage = 0; stage < config.Depths.Length; stage++)
        {
            if (stage > 0) x = Convolution(NormMap(x, $"downsample_layers.{stage}.0"), $"downsample_layers.{stage}.1", 2, 2, 0);
            for (int block = 0; block < config.Depths[stage]; block++) x = Block(x, ParameterTable.BlockName(config, stage, block), config.Widths[stage]);
        }
        return Head(x);
    }

    private string Stem(string images)
    {
        if (config.IsIsotropic) return Convolution(images, "stem", 16, 16, 0);
        if (config.OverlappingStemWidth is null) return NormMap(Convolution(images, "downsample_layers.0.0", 4, 4, 0), "downsample_layers.0.1");
        string between = Convolution(images, "downsample_layers.0.0", 3, 2, 1);
        return NormMap(Convolution(between, "downsample_layers.0.1", 3, 2, 1), "downsample_layers.0.2");
    }

    private string Block(string input, string name, int width)
    {
        string x = Convolution(input, $"{name}.dwconv", 7, 1, 3, groups: width);
        x = Norm(ToNhwc(x, $"{name}.nhwc"), $"{name}.norm");
        x = Gelu(Linear(x, $"{name}.pwconv1"), name);
        if (config.GlobalResponseNorm) x = Grn(x, $"{name}.grn");
        x = Linear(x, $"{name}.pwconv2");
        if (config.LayerScaleInit is not null) x = graph.Node("Mul", $"{name}.scaled", [x, Weight($"{name}.gamma")]);
        return graph.Node("Add", $"{name}.out", [input, ToNchw(x, $"{name}.nchw")]);
    }

    private string Head(string x)
    {
        if (config.NormBeforePooling) x = NormMap(x, "norm_pre");
        x = graph.Node("Flatten", "pooled", [graph.Node("GlobalAveragePool", "pool", [x])], OnnxMessages.Attribute("axis", 1));
        if (!config.NormBeforePooling) x = Norm(x, "norm");
        if (config.HeadHiddenWidth is not null) x = Gelu(Linear(x, "head.pre_logits.fc"), "head.pre_logits");
        return graph.Node("Gemm", "logits", [x, Weight("head.weight"), Weight("head.bias")], OnnxMessages.Attribute("transB", 1));
    }

    private string Convolution(string x, string name, int kernel, int stride, int padding, int groups = 1) => graph.Node(
        "Conv", $"{name}.conv", [x, Weight($"{name}.weight"), Weight($"{name}.bias")],
        OnnxMessages.Attribute("kernel_shape", [kernel, kernel]), OnnxMessages.Attribute("strides", [stride, stride]),
        OnnxMessages.Attribute("pads", [padding, padding, padding, padding]), OnnxMessages.Attribute("group", groups));

    private string Linear(string x, string name)
    {
        WeightTensor weight = weights[$"{name}.weight"];
        string product = int8
            ? OnnxInt8Product.Add(graph, x, weight, name)
            : graph.Node("MatMul", $"{name}.product", [x, graph.Transposed(weight.Name, weight.Shape, weight.Values)]);
        return graph.Node("Add", $"{name}.linear", [product, Weight($"{name}.bias")]);
    }

    internal string Norm(string x, string name) => graph.Node("LayerNormalization", $"{name}.normed", [x, Weight($"{name}.weight"), Weight($"{name}.bias")],
        OnnxMessages.Attribute("axis", -1), OnnxMessages.Attribute("epsilon", config.NormEpsilon));

    /// <summary>Norm over the channels of an NCHW map.</summary>
    internal string NormMap(string x, string name) => ToNchw(Norm(ToNhwc(x, $"{name}.nhwc"), name), $"{name}.nchw");

    /// <summary>Exact GELU, x/2 (1 + erf(x/sqrt 2)), in the form that runtimes recognize and fuse.</summary>
    internal string Gelu(string x, string name)
    {
        string error = graph.Node("Erf", $"{name}.erf", [graph.Node("Div", $"{name}.erf_in", [x, graph.Scalar("sqrt_2", MathF.Sqrt(2f))])]);
        string product = graph.Node("Mul", $"{name}.gelu_twice", [x, graph.Node("Add", $"{name}.erf_plus_1", [error, graph.Scalar("one", 1f)])]);
        return graph.Node("Mul", $"{name}.gelu", [product, graph.Scalar("half", 0.5f)]);
    }

    /// <summary>Global Response Normalization of an NHWC map: g(i) = |x(:,:,i)|, n(i) = g(i) / (mean of g + eps), y = gamma (x n) + beta + x.</summary>
    private string Grn(string x, string name)
    {
        string norms = graph.Node("ReduceL2", $"{name}.norms", [x, graph.Constant("height_and_width", 1, 2)], OnnxMessages.Attribute("keepdims", 1));
        string mean = graph.Node("ReduceMean", $"{name}.mean", [norms, graph.Constant("channels", -1)], OnnxMessages.Attribute("keepdims", 1));
        string ratio = graph.Node("Div", $"{name}.ratio", [norms, graph.Node("Add", $"{name}.mean_eps", [mean, graph.Scalar("grn_epsilon", GrnEpsilon)])]);
        string scaled = graph.Node("Mul", $"{name}.scaled", [graph.Node("Mul", $"{name}.response", [x, ratio]), Weight($"{name}.gamma")]);
        return graph.Node("Add", $"{name}.out", [graph.Node("Add", $"{name}.shifted", [scaled, Weight($"{name}.beta")]), x]);
    }

    private string ToNhwc(string x, string name) => graph.Node("Transpose", name, [x], OnnxMessages.Attribute("perm", [0, 2, 3, 1]));

    private string ToNchw(string x, string name) => graph.Node("Transpose", name, [x], OnnxMessages.Attribute("perm", [0, 3, 1, 2]));

    internal string Weight(string name)
    {
        WeightTensor tensor = weights[name];
        return graph.Tensor(tensor.Name, tensor.Shape, tensor.Values);
    }
}
