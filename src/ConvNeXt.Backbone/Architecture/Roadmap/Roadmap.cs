using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Architecture.Roadmap;

/// <summary>
/// The way from a ResNet to a ConvNeXt, step by step (section 2 of "A ConvNet for the 2020s", figure 2, tables 10 and 11). The last step is the published
/// network, which also has layer scale.
/// </summary>
internal static class Roadmap
{
    private const float PublishedLayerScale = 1e-6f;

    private static readonly ImmutableArray<(string Key, string Name, Func<NetworkParts, NetworkParts> Change, bool IsBranch)> _changes =
    [
        ("patch-stem", "patchify stem", parts => parts with { Stem = StemKind.Patches }, false),
        ("depthwise", "depthwise convolution", parts => parts with { GroupWidth = 1 }, false),
        ("width", "increased width", parts => parts, false),
        ("inverted", "inverted bottleneck", parts => parts with { IsInverted = true }, false),
        ("depthwise-first", "depthwise convolution moved up", parts => parts with { SpatialFirst = true }, false),
        ("kernel-5", "kernel 5", parts => parts with { Kernel = 5 }, false),
        ("kernel-7", "kernel 7", parts => parts with { Kernel = 7 }, false),
        ("kernel-9", "kernel 9", parts => parts with { Kernel = 9 }, true),
        ("kernel-11", "kernel 11", parts => parts with { Kernel = 11 }, true),
        ("gelu", "ReLU to GELU", parts => parts with { Activation = ActivationKind.Gelu }, false),
        ("one-activation", "fewer activations", parts => parts with { OneActivation = true }, false),
        ("one-norm", "fewer norms", parts => parts with { OneNorm = true }, false),
        ("layer-norm", "BatchNorm to LayerNorm", parts => parts with { Norm = NormKind.Layer }, false),
        ("downsampling", "separate downsampling", parts => parts with { SeparateDownsampling = true }, false),
    ];

    // Tables 10 and 11, the rows of figure 2 from "ResNet" trained with the paper's recipe; the last one stands for "separate d.s. conv (ConvNeXt)".
    private static readonly PrintedStep[] _printedTiny =
    [
        new(78.82m, 0.07m, 4.09m), new(79.36m, 0.07m, 4.53m), new(79.51m, 0.18m, 4.42m), new(78.28m, 0.08m, 2.35m),
        new(80.50m, 0.02m, 5.27m), new(80.64m, 0.03m, 4.64m), new(79.92m, 0.08m, 4.07m), new(80.35m, 0.08m, 4.10m),
        new(80.57m, 0.14m, 4.15m), new(80.57m, 0.06m, 4.21m), new(80.47m, 0.11m, 4.29m), new(80.62m, 0.14m, 4.15m),
        new(81.27m, 0.06m, 4.15m), new(81.41m, 0.09m, 4.15m), new(81.47m, 0.09m, 4.46m), new(81.97m, 0.06m, 4.49m),
    ];

    private static readonly PrintedStep[] _printedBase =
    [
        new(81.14m, null, 15.01m), new(81.33m, null, 14.52m), new(81.59m, null, 14.38m), new(80.54m, null, 7.23m),
        new(81.85m, null, 16.76m), new(82.64m, null, 15.68m), new(82.04m, null, 14.63m), new(82.32m, null, 14.70m),
        new(82.30m, null, 14.81m), new(82.27m, null, 14.95m), new(82.18m, null, 15.13m), new(82.19m, null, 14.81m),
        new(82.71m, null, 14.81m), new(83.17m, null, 14.81m), new(83.35m, null, 14.81m), new(83.60m, null, 15.35m),
    ];

    /// <summary>From ResNet-50 to ConvNeXt-T, which is of the size of Swin-T.</summary>
    public static ImmutableArray<RoadmapStep> FromResNet50 { get; } = Steps(RoadmapRegime.ResNet50);

    /// <summary>From ResNet-200 to ConvNeXt-B, which is of the size of Swin-B.</summary>
    public static ImmutableArray<RoadmapStep> FromResNet200 { get; } = Steps(RoadmapRegime.ResNet200);

    /// <summary>The ResNet that a way begins with, as in torchvision and timm.</summary>
    public static ConvNeXtConfig ResNet50 => FromResNet50[0].Network;

    /// <inheritdoc cref="ResNet50"/>
    public static ConvNeXtConfig ResNet200 => FromResNet200[0].Network;

    /// <summary>Returns the steps of a way at another size.</summary>
    /// <param name="regime">The way.</param>
    /// <param name="size">Blocks and widths.</param>
    /// <param name="classes">Number of classes.</param>
    public static ImmutableArray<RoadmapStep> Steps(RoadmapRegime regime, RoadmapSize? size = null, int classes = 1000)
    {
        bool isTiny = regime == RoadmapRegime.ResNet50;
        size ??= isTiny ? RoadmapSize.Tiny : RoadmapSize.Base;
        PrintedStep[] printed = isTiny ? _printedTiny : _printedBase;
        string prefix = isTiny ? "resnet50" : "resnet200", first = isTiny ? "ResNet-50" : "ResNet-200";
        var parts = new NetworkParts();
        var steps = ImmutableArray.CreateBuilder<RoadmapStep>();
        Add("resnet", first, Config(size.FirstDepths, size.FirstWidth, parts), false);
        string second = size.FirstWidth == size.MiddleWidth ? "stage ratio" : "stage ratio and increased width";
        Add("stage-ratio", second, Config(size.Depths, size.MiddleWidth, parts), false);
        int width = size.MiddleWidth;
        foreach (var (key, name, change, isBranch) in _changes)
        {
            NetworkParts changed = change(parts);
            if (key == "width") width = size.LastWidth;
            Add(key, name, Config(size.Depths, width, changed), isBranch);
            if (!isBranch) parts = changed;
        }
        ConvNeXtConfig last = steps[^1].Network;
        steps.Add(new RoadmapStep(
            "published", isTiny ? "layer scale: ConvNeXt-T as published" : "layer scale: ConvNeXt-B as published",
            last with { Name = $"{prefix}/published", Parts = null, LayerScaleInit = PublishedLayerScale }, null));
        return steps.ToImmutable();

        void Add(string key, string name, ConvNeXtConfig config, bool isBranch) =>
            steps.Add(new RoadmapStep(key, name, config with { Name = $"{prefix}/{key}" }, printed[steps.Count], isBranch));

        ConvNeXtConfig Config(ImmutableArray<int> depths, int width, NetworkParts with) => new()
        {
            Depths = depths,
            Widths = [.. depths.Select((_, stage) => (width * (with.IsInverted ? 1 : LayerPlan.Expansion)) << stage)],
            ClassCount = classes,
            LayerScaleInit = null,
            Parts = with,
        };
    }
}

/// <summary>The two ways of the paper.</summary>
internal enum RoadmapRegime
{
    /// <summary>From ResNet-50 to ConvNeXt-T.</summary>
    ResNet50,

    /// <summary>From ResNet-200 to ConvNeXt-B.</summary>
    ResNet200,
}

/// <summary>Blocks and widths along a way. Widths are those of the first stage where a block is narrowest: 64 for ResNet.</summary>
/// <param name="FirstDepths">Blocks of the ResNet.</param>
/// <param name="Depths">Blocks from the stage ratio on.</param>
/// <param name="FirstWidth">Width of the ResNet.</param>
/// <param name="MiddleWidth">Width from the stage ratio on.</param>
/// <param name="LastWidth">Width from the step that increases it on.</param>
internal sealed record RoadmapSize(ImmutableArray<int> FirstDepths, ImmutableArray<int> Depths, int FirstWidth, int MiddleWidth, int LastWidth)
{
    /// <summary>From ResNet-50 to ConvNeXt-T.</summary>
    public static RoadmapSize Tiny { get; } = new([3, 4, 6, 3], [3, 3, 9, 3], 64, 64, 96);

    /// <summary>From ResNet-200 to ConvNeXt-B.</summary>
    public static RoadmapSize Base { get; } = new([3, 24, 36, 3], [3, 3, 27, 3], 64, 84, 128);

    /// <summary>The same blocks with all widths divided by the same number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A width is not a multiple of it.</exception>
    public RoadmapSize Narrowed(int divisor)
    {
        foreach (int width in new[] { FirstWidth, MiddleWidth, LastWidth })
        {
            if (divisor < 1 || width % divisor != 0)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(divisor), divisor,
                    $"The width {width} cannot be divided by {divisor}; powers of 2 up to 32 divide the widths from ResNet-50 on, up to 4 those from ResNet-200 on.");
            }
        }
        return this with { FirstWidth = FirstWidth / divisor, MiddleWidth = MiddleWidth / divisor, LastWidth = LastWidth / divisor };
    }
}
