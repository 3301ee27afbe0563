using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Architecture.Roadmap;
using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Backbone.TorchSharp.Roadmap;

/// <summary>
/// A network with parts of its own in tensor operations, layer by layer as planned: dense, grouped and depthwise convolutions, batch norm, LayerNorm, ReLU,
/// GELU and max pooling. Feature maps are [images, channels, height, width], in memory with the channels last. Results belong to the caller's dispose scope;
/// intermediate tensors are disposed as soon as they have been used.
/// </summary>
/// <param name="config">The network.</param>
/// <param name="find">Returns the tensor of a parameter or statistic.</param>
/// <param name="options">Options of the pass.</param>
/// <param name="statistics">For training: batch norms use the mean and variance of the batch and update these. Null for scoring.</param>
internal sealed class PlanForward(ConvNeXtConfig config, Func<string, Tensor> find, ForwardOptions options, RunningStatistics? statistics)
{
    private readonly LayerPlan _plan = LayerPlan.Of(config);
    private int _blocks;

    /// <summary>Returns the logits, [images, classes].</summary>
    /// <param name="images">[images, height, width, 3].</param>
    public Tensor Logits(Tensor images)
    {
        using var scope = torch.NewDisposeScope();
        Tensor x = images.to(options.Body).permute(0, 3, 1, 2);
        for (int stage = 0; stage < _plan.Stages.Length; stage++)
        {
            Tensor next = Chain(x, _plan.Stages[stage]);
            options.StageOutput?.Invoke(stage, next.permute(0, 2, 3, 1).MoveToOuterDisposeScope());
            x.Dispose();
            x = next;
        }
        Tensor pooled = x.mean([2, 3]);
        if (_plan.HeadNorm is { } norm) pooled = functional.layer_norm(pooled, [norm.Channels], Weight(norm.Name), Bias(norm.Name), config.NormEpsilon);
        return functional.linear(pooled, Weight("head"), Bias("head")).MoveToOuterDisposeScope();
    }

    // Returns the input itself if there are no layers.
    private Tensor Chain(Tensor input, ImmutableArray<PlannedLayer> layers)
    {
        Tensor x = input;
        foreach (PlannedLayer layer in layers)
        {
            Tensor next = Layer(x, layer);
            if (!ReferenceEquals(x, input)) x.Dispose();
            x = next;
        }
        return x;
    }

    private Tensor Layer(Tensor x, PlannedLayer layer) => layer switch
    {
        PlannedConvolution convolution => Convolve(x, convolution),
        PlannedNorm { Kind: NormKind.Batch } norm => BatchNorm(x, norm),
        PlannedNorm norm => LayerNorm(x, norm),
        PlannedActivation activation => Activate(x, activation),
        PlannedPooling => functional.max_pool2d(x, Square(PlannedPooling.Kernel), Square(PlannedPooling.Stride), Square(PlannedPooling.Padding)),
        PlannedBlock block => Block(x, block),
        _ => throw new NotSupportedException($"{layer.GetType().Name} has no form in tensor operations."),
    };

    private Tensor Block(Tensor x, PlannedBlock block)
    {
        options.CheckAlive?.Invoke();
        using var scope = torch.NewDisposeScope();
        Tensor branch = Chain(x, block.Branch);
        if (block.LayerScale is { } scale) branch = branch.mul(find(scale).view(1, -1, 1, 1));
        if (options.Keep is { } keep) branch = branch.mul(keep.narrow(0, _blocks, 1).view(-1, 1, 1, 1));
        _blocks++;
        Tensor sum = branch.add(Chain(x, block.Shortcut));
        if (block.Activation is { } activation) sum = Activate(sum, activation);
        return sum.MoveToOuterDisposeScope();
    }

    private Tensor Convolve(Tensor x, PlannedConvolution layer)
    {
        using var scope = torch.NewDisposeScope();
        Tensor weight = Weight(layer.Name);
        long stride = layer.Stride;
        if (layer.Kernel == 1 && stride > 1)
        {
            // The pixels that are read, because libtorch 2.10 on a CPU gets the gradient of a strided 1x1 convolution of less than 8 channels wrong and writes
            // beyond its memory.
            x = x.slice(2, 0, x.shape[2], stride).slice(3, 0, x.shape[3], stride);
            stride = 1;
        }
        if (layer.IsMatrix) weight = weight.view(layer.Outputs, layer.Inputs, 1, 1);
        return functional.conv2d(
            x, weight, layer.HasBias ? Bias(layer.Name) : null, Square(stride), Square(layer.Padding), Square(1), layer.Groups)
            .MoveToOuterDisposeScope();
    }

    // A batch of one value for each channel has no variance; it is normalized as in scoring.
    private Tensor BatchNorm(Tensor x, PlannedNorm norm)
    {
        Tensor mean = find($"{norm.Name}.{ParameterDescription.RunningMean}"), variance = find($"{norm.Name}.{ParameterDescription.RunningVariance}");
        bool training = statistics is not null && x.numel() > norm.Channels;
        if (training) (mean, variance) = (statistics!.CopyOf(mean), statistics.CopyOf(variance));
        return functional.batch_norm(x, mean, variance, Weight(norm.Name), Bias(norm.Name), training, PlannedNorm.BatchMomentum, PlannedNorm.BatchEpsilon);
    }

    private Tensor LayerNorm(Tensor x, PlannedNorm norm)
    {
        using var scope = torch.NewDisposeScope();
        Tensor pixels = x.permute(0, 2, 3, 1).contiguous();
        Tensor normalized = functional.layer_norm(pixels, [norm.Channels], Weight(norm.Name), Bias(norm.Name), config.NormEpsilon);
        return normalized.permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    private static Tensor Activate(Tensor x, PlannedActivation activation) => activation.Kind == ActivationKind.Gelu ? functional.gelu(x) : functional.relu(x);

    private static long[] Square(long side) => [side, side];

    private Tensor Weight(string layer) => find($"{layer}.weight");

    private Tensor Bias(string layer) => find($"{layer}.bias");
}
