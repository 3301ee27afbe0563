using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Benchmarks.Throughput;

/// <summary>What "A ConvNet for the 2020s" prints of a network's speed: tables 1 and 2 on a V100 GPU, table 12 on an A100 with TF32.</summary>
/// <param name="Variant">The network.</param>
/// <param name="Side">Height and width of the images in pixels.</param>
/// <param name="V100">Images per second of table 1, or of table 2 for the isotropic networks.</param>
/// <param name="A100">Images per second of table 12; null where it has no such row.</param>
/// <param name="TrainingGigabytes">Memory for training with 32 images a GPU, table 2; null in the other tables.</param>
internal sealed record PrintedThroughput(ConvNeXtVariant Variant, int Side, double V100, double? A100 = null, double? TrainingGigabytes = null)
{
    /// <summary>Images of a batch in the last column of table 2.</summary>
    public const int TrainingBatch = 32;

    /// <summary>All rows of ConvNeXt; the first one is what the others are compared with.</summary>
    public static IReadOnlyList<PrintedThroughput> All { get; } =
    [
        new(ConvNeXtVariant.Tiny, 224, 774.7, 1943.5),
        new(ConvNeXtVariant.Tiny, 384, 282.8),
        new(ConvNeXtVariant.Small, 224, 447.1, 1275.3),
        new(ConvNeXtVariant.Small, 384, 163.5),
        new(ConvNeXtVariant.Base, 224, 292.1, 969.0),
        new(ConvNeXtVariant.Base, 384, 95.7, 336.6),
        new(ConvNeXtVariant.Large, 224, 146.8, 611.5),
        new(ConvNeXtVariant.Large, 384, 50.4, 211.4),
        new(ConvNeXtVariant.XLarge, 224, 89.3, 424.4),
        new(ConvNeXtVariant.XLarge, 384, 30.2, 147.4),
        new(ConvNeXtVariant.IsotropicSmall, 224, 1038.7, TrainingGigabytes: 4.2),
        new(ConvNeXtVariant.IsotropicBase, 224, 320.1, TrainingGigabytes: 7.7),
        new(ConvNeXtVariant.IsotropicLarge, 224, 94.4, TrainingGigabytes: 20.4),
    ];
}
