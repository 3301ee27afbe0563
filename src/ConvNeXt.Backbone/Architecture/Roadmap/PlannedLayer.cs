using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Architecture.Roadmap;

/// <summary>A layer of a <see cref="LayerPlan"/>.</summary>
internal abstract record PlannedLayer;

/// <summary>A convolution; its parameters are Name.weight and, with a bias, Name.bias.</summary>
/// <param name="Name">Name of the layer.</param>
/// <param name="Inputs">Channels that come in.</param>
/// <param name="Outputs">Channels that go out.</param>
/// <param name="Kernel">Side of the kernel.</param>
internal sealed record PlannedConvolution(string Name, int Inputs, int Outputs, int Kernel) : PlannedLayer
{
    /// <summary>Step between two positions of the kernel.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>Rows and columns of zeros at each edge.</summary>
    public int Padding { get; init; }

    /// <summary>Number of groups of channels that are convolved by themselves.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Whether a bias is added.</summary>
    public bool HasBias { get; init; }

    /// <summary>Whether the weight of this 1x1 convolution is stored as a matrix, as in the official ConvNeXt code.</summary>
    public bool IsMatrix { get; init; }

    /// <summary>Shape of the weight as a convolution.</summary>
    public ImmutableArray<int> KernelShape => [Outputs, Inputs / Groups, Kernel, Kernel];

    /// <summary>Side of the result.</summary>
    public int SideAfter(int side) => ((side + (2 * Padding) - Kernel) / Stride) + 1;
}

/// <summary>
/// A norm over channels; its parameters are Name.weight and Name.bias, and a batch norm has the statistics Name.running_mean and Name.running_var as well.
/// </summary>
/// <param name="Name">Name of the layer.</param>
/// <param name="Channels">Number of channels.</param>
/// <param name="Kind">Which norm it is.</param>
internal sealed record PlannedNorm(string Name, int Channels, NormKind Kind) : PlannedLayer
{
    /// <summary>Epsilon of a batch norm, PyTorch's default.</summary>
    public const float BatchEpsilon = 1e-5f;

    /// <summary>Share of a batch in the running averages, PyTorch's default.</summary>
    public const double BatchMomentum = 0.1;
}

/// <summary>An activation.</summary>
/// <param name="Kind">Which one it is.</param>
internal sealed record PlannedActivation(ActivationKind Kind) : PlannedLayer;

/// <summary>3x3 max pooling with stride 2 and padding 1.</summary>
internal sealed record PlannedPooling : PlannedLayer
{
    /// <summary>Side of the window.</summary>
    public const int Kernel = 3;

    /// <summary>Step between two windows.</summary>
    public const int Stride = 2;

    /// <summary>Rows and columns at each edge that are never the largest.</summary>
    public const int Padding = 1;
}

/// <summary>A residual block: the sum of a branch and a shortcut.</summary>
/// <param name="Name">Name of the block, the prefix of its layers' names.</param>
/// <param name="Branch">What is computed from the input, without layer scale.</param>
/// <param name="Shortcut">The layers on the other path to the sum; empty if the input is added unchanged.</param>
/// <param name="Activation">The activation of the sum; null for none.</param>
/// <param name="LayerScale">Name of the layer scale; null for none.</param>
/// <param name="Channels">Channels of the sum.</param>
internal sealed record PlannedBlock(
    string Name, ImmutableArray<PlannedLayer> Branch, ImmutableArray<PlannedLayer> Shortcut, PlannedActivation? Activation, string? LayerScale, int Channels)
    : PlannedLayer;
