using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Tests;

/// <summary>A short run of a small network that uses most of what a run can have.</summary>
internal static class SmallRun
{
    public static readonly ConvNeXtConfig Config = new() { Depths = [1, 1, 1, 1], Widths = [8, 12, 16, 24], ClassCount = 3, DropPathRate = 0.2f, LayerScaleInit = 0.1f };

    public static readonly TrainingOptions Options = new()
    {
        Epochs = 2,
        WarmupEpochs = 1,
        BatchSize = 4,
        AccumulateBatches = 2,
        AverageDecay = 0.8,
        MaxGradientNorm = 1,
        LayerDecay = 0.8,
        Preprocessing = ImagePreprocessing.ForSize(32),
        Seed = 5,
    };
}
