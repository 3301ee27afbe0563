using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Layers;
using TorchSharp;
using static TorchSharp.torch.nn;
using ScalarType = TorchSharp.torch.ScalarType;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Backbone.TorchSharp;

/// <summary>Options of a forward pass.</summary>
internal readonly record struct ForwardOptions
{
    /// <summary>Type in which the layers compute.</summary>
    public required ScalarType Body { get; init; }

    /// <summary>Type of the residual sum. float32 in training, because what a block adds may be too small for bfloat16.</summary>
    public required ScalarType Stream { get; init; }

    /// <summary>Whether blocks may add to their input in place, because no gradients are needed.</summary>
    public bool InPlace { get; init; }

    /// <summary>Stochastic depth factor of each block and image, [blocks, images]; null for ones.</summary>
    public Tensor? Keep { get; init; }

    /// <summary>Receives another handle of the output of each stage, which belongs to the current dispose scope; null if none is wanted.</summary>
    public Action<int, Tensor>? StageOutput { get; init; }

    /// <summary>Called before each block.</summary>
    public Action? CheckAlive { get; init; }
}

/// <summary>
/// The network in tensor operations. Activations are [images, height, width, channels], contiguous; convolutions use a channels-last view of them. Results
/// belong to the caller's dispose scope; intermediate tensors are disposed as soon as they have been used.
/// </summary>
internal sealed class NetworkForward(ConvNeXtConfig config, NetworkTensors tensors, ForwardOptions options)
{
    private const float ResponseEpsilon = 1e-6f;
    private const long DepthwisePadding = 3, Unpadded = 0, OverlappingStride = 2, OverlappingPadding = 1;

    /// <summary>Returns the output of a stage, [images, height, width, channels] in the type of the residual sum.</summary>
    /// <param name="images">[images, height, width, 3].</param>
    /// <param name="lastStage">Index of the stage; later stages are not computed.</param>
    public Tensor Map(Tensor images, int lastStage)
    {
        Tensor stream = Stem(images);
        int block = 0;
        for (int stage = 0; stage <= lastStage; stage++)
        {
            if (stage > 0) stream = Replace(stream, Downsample(stream, tensors.Downsampling[stage - 1]));
            foreach (BlockTensors part in tensors.Stages[stage])
            {
                options.CheckAlive?.Invoke();
                using Tensor branch = Branch(stream, part, block++);
                if (options.InPlace) stream.add_(branch);
                else stream = Replace(stream, stream.add(branch));
            }

            options.StageOutput?.Invoke(stage, stream.alias());
        }

        return stream;
    }

    /// <summary>Returns the input of the classifier, [images, features] in float32.</summary>
    public Tensor Features(Tensor images)
    {
        using Tensor map = Map(images, config.Depths.Length - 1);
        using var scope = torch.NewDisposeScope();
        Tensor pooled = (config.NormBeforePooling ? Normalise(map.to(options.Body), tensors.Norm) : map).mean([1, 2], type: ScalarType.Float32);
        if (!config.NormBeforePooling) pooled = Normalise(pooled, tensors.Norm);
        if (tensors.Hidden is { } hidden) pooled = functional.gelu(functional.linear(pooled, hidden.Weight!, hidden.Bias!));
        return pooled.MoveToOuterDisposeScope();
    }

    /// <summary>Returns the logits for features, [images, classes] in float32.</summary>
    public Tensor Classify(Tensor features) => functional.linear(features, tensors.Classifier.Weight!, tensors.Classifier.Bias!);

    private Tensor Stem(Tensor images)
    {
        using var scope = torch.NewDisposeScope();
        Tensor x = images.to(options.Body);
        if (config.OverlappingStemWidth is null)
        {
            x = Convolve(x, tensors.StemConvolutions[0], config.IsIsotropic ? FeatureShape.IsotropicStemPatch : FeatureShape.StemPatch, Unpadded);
        }
        else
        {
            foreach (Affine convolution in tensors.StemConvolutions) x = Convolve(x, convolution, OverlappingStride, OverlappingPadding);
        }

        if (tensors.StemNorm is { } norm) x = Normalise(x, norm);
        return x.to(options.Stream).MoveToOuterDisposeScope();
    }

    private Tensor Downsample(Tensor stream, (Affine Norm, Affine Convolution) layers)
    {
        using var scope = torch.NewDisposeScope();
        Tensor x = Convolve(Normalise(stream.to(options.Body), layers.Norm), layers.Convolution, FeatureShape.DownsamplingPatch, Unpadded);
        return x.to(options.Stream).MoveToOuterDisposeScope();
    }

    // The residual branch of a block (figure 4 of the paper): keep * gamma * project(response(gelu(expand(norm(depthwise(x)))))).
    private Tensor Branch(Tensor stream, BlockTensors block, int index)
    {
        using var scope = torch.NewDisposeScope();
        long images = stream.shape[0];
        Tensor hidden = Expand(stream, block);
        if (block.ResponseGamma is not null) hidden = Replace(hidden, Respond(hidden, images, block));
        Tensor branch = functional.linear(hidden, block.Project.Weight!, block.Project.Bias!);
        hidden.Dispose();
        if (block.Gamma is { } gamma) branch = Replace(branch, branch.mul(gamma));
        branch = branch.view(stream.shape);
        if (options.Keep is { } keep) branch = branch.mul(keep.narrow(0, index, 1).view(images, 1, 1, 1));
        return branch.MoveToOuterDisposeScope();
    }

    // GELU of the first linear layer, [pixels, 4 * channels].
    private Tensor Expand(Tensor stream, BlockTensors block)
    {
        using var scope = torch.NewDisposeScope();
        long channels = stream.shape[3];
        Tensor mixed = Convolve(stream.to(options.Body), block.Kernel, stride: 1, DepthwisePadding, groups: channels);
        Tensor normalised = Normalise(mixed, block.Norm).reshape(-1, channels);
        mixed.Dispose();
        return functional.gelu(functional.linear(normalised, block.Expand.Weight!, block.Expand.Bias!)).MoveToOuterDisposeScope();
    }

    // x * (1 + gamma * n) + beta, where n is each channel's L2 norm over the image, divided by the mean of these norms (V2, section 3.2).
    private static Tensor Respond(Tensor hidden, long images, BlockTensors block)
    {
        using var scope = torch.NewDisposeScope();
        long channels = hidden.shape[1];
        Tensor x = hidden.view(images, -1, channels);
        Tensor norms = x.norm(1, keepdim: true, p: 2);
        Tensor response = norms.div(norms.mean([2], keepdim: true).add(ResponseEpsilon));
        Tensor y = x.mul(response.mul(block.ResponseGamma!.view(-1)).add(1f));
        if (block.ResponseBeta is { } beta) y = y.add(beta.view(-1));
        return y.view(-1, channels).MoveToOuterDisposeScope();
    }

    private static Tensor Convolve(Tensor x, Affine layer, long stride, long padding, long groups = 1)
    {
        using var scope = torch.NewDisposeScope();
        Tensor y = functional.conv2d(x.permute(0, 3, 1, 2), layer.Weight!, layer.Bias!, [stride, stride], [padding, padding], [1, 1], groups);
        return y.permute(0, 2, 3, 1).contiguous().MoveToOuterDisposeScope();
    }

    private Tensor Normalise(Tensor x, Affine norm) => functional.layer_norm(x, [x.shape[^1]], norm.Weight!, norm.Bias!, config.NormEpsilon);

    private static Tensor Replace(Tensor old, Tensor replacement)
    {
        old.Dispose();
        return replacement;
    }
}
