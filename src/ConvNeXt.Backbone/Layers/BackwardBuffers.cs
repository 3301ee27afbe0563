using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Products;

namespace ConvNeXt.Backbone.Layers;

/// <summary>Activations that a block keeps from forward for backward.</summary>
internal unsafe struct BlockActivations
{
    /// <summary>Output of the depthwise convolution, [rows, channels].</summary>
    public float* Convolved;

    /// <summary>Input of GELU, [rows, 4 channels]; null if nothing is kept.</summary>
    public float* PreActivation;

    /// <summary>The same buffers, starting at an offset into the block's input, in floats.</summary>
    public readonly BlockActivations From(long offset) => PreActivation == null
        ? default
        : new BlockActivations { Convolved = Convolved + offset, PreActivation = PreActivation + (FusedMlp.Expansion * offset) };
}

/// <summary>Buffer sizes for the backward of a block, in floats; named as in <see cref="BackwardBuffers"/>.</summary>
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

/// <summary>Temporary memory of backward, shared by all layers. A group is the set of images that go through a block's backward together.</summary>
internal sealed unsafe class BackwardBuffers
{
    public required Scratch Scratch { get; init; }

    /// <summary>[rows, 4 channels] of a group, or the patches of all images.</summary>
    public required float* Wide { get; init; }

    /// <summary>The same size as <see cref="Wide"/> in a network with Global Response Normalization, otherwise empty.</summary>
    public required float* Response { get; init; }

    /// <summary>[rows, 4 channels] of a group if activations are recomputed, otherwise empty.</summary>
    public required float* PreActivation { get; init; }

    /// <summary>[rows, channels] of all images, or several such buffers of a group.</summary>
    public required float* Narrow { get; init; }

    /// <summary>Panels of the largest transposed weight.</summary>
    public required float* Transposed { get; init; }

    /// <summary>Panels of the largest projection that is followed by a layer scale.</summary>
    public required float* Product { get; init; }

    /// <summary>[channels] of the widest stage.</summary>
    public required float* Sums { get; init; }

    /// <summary>[7, 7, channels] of the widest stage.</summary>
    public required float* TurnedKernel { get; init; }

    /// <summary>Partial sums.</summary>
    public required float* Partials { get; init; }
}
