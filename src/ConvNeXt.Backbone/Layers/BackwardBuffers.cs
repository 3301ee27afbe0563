using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Products;
namespace ConvNeXt.Backbone.Layers;

/// <summary>What a block keeps between forward and backward.</summary>
internal unsafe struct BlockActivations
{
    /// <summary>Result of the depthwise convolution, [rows, channels].</summary>
    public float* Convolved;

    /// <summary>Before GELU, [rows, 4 channels]; null where nothing is kept.</summary>
    public float* PreActivation;

    /// <summary>The same from a value of the block's input on.</summary>
    public readonly BlockActivations From(long offset) => PreActivation == null
        ? default
        : new BlockActivations { Convolved = Convolved + offset, PreActivation = PreActivation + (FusedMlp.Expansion * offset) };
}

/// <summary>What a block's backward needs, in floats.</summary>
internal readonly record struct BlockBackwardSizes
{
    public required long Wide { get; init; }

    public required long Response { get; init; }

    public required long PreActivation { get; init; }

    public required long Narrow { get; init; }

    public required long Transposed { get; init; }

    public required long Product { get; init; }

    public required long Partials { get; init; }
}

/// <summary>Temporary memory of backward, shared by all layers. What is said of images holds for those that go through a block together.</summary>
internal sealed unsafe class BackwardBuffers
{
    public required Scratch Scratch { get; init; }

    /// <summary>[rows, 4 channels] of some images, or patches of all.</summary>
    public required float* Wide { get; init; }

    /// <summary>As large as <see cref="Wide"/> in a network with Global Response Normalization, otherwise empty.</summary>
    public required float* Response { get; init; }

    /// <summary>[rows, 4 channels] of some images where activations are computed once more, otherwise empty.</summary>
    public required float* PreActivation { get; init; }

    /// <summary>[rows, channels] of all images, or several of some.</summary>
    public required float* Narrow { get; init; }

    /// <summary>Panels of the largest transposed weight.</summary>
    public required float* Transposed { get; init; }

    /// <summary>Panels of the largest projection in front of a layer scale.</summary>
    public required float* Product { get; init; }

    /// <summary>[channels] of the widest stage.</summary>
    public required float* Sums { get; init; }

    /// <summary>[7, 7, channels] of the widest stage.</summary>
    public required float* TurnedKernel { get; init; }

    /// <summary>Partial sums.</summary>
    public required float* Partials { get; init; }
}
