using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Benchmarks.FineTuning;

/// <summary>A way to a classifier of the two classes that were left out.</summary>
/// <param name="Name">For the table.</param>
/// <param name="IsPretrained">Whether it begins with the weights of the other classes.</param>
/// <param name="Options">How it trains.</param>
internal sealed record FineTuneCase(string Name, bool IsPretrained, TrainingOptions Options);

/// <summary>The study as data. All ways see as many images an epoch for as many epochs, augmented alike; the probe needs no augmentation and its epochs cost nothing.</summary>
internal static class FineTuneCases
{
    /// <summary>0.6 million parameters.</summary>
    public static ConvNeXtConfig Network { get; } = new() { Name = "0.6M", Depths = [1, 1, 2, 1], Widths = [24, 48, 96, 192] };

    /// <summary>Training on the classes that are there: three of flowers and those of the second set, each class drawn equally often.</summary>
    public static TrainingOptions Pretraining { get; } = new()
    {
        Epochs = 60,
        WarmupEpochs = 5,
        BatchSize = 16,
        LearningRate = 2e-3,
        BalancedSampling = true,
        Preprocessing = ImagePreprocessing.ForSize(64),
        Crop = new RandomResizedCrop { MinScale = 0.15 },
    };

    private static TrainingOptions Few { get; } = Pretraining with { Epochs = 60, BalancedSampling = false, BatchSize = 8 };

    public static IReadOnlyList<FineTuneCase> All { get; } =
    [
        new("from scratch", false, Few with { LearningRate = 1e-3 }),
        new("linear probe", true, Few with { LearningRate = 1e-2, Epochs = 100, WarmupEpochs = 0, LinearProbe = true }),
        new("fine-tuning, layer decay 0.7", true, Few with { LearningRate = 5e-4, LayerDecay = 0.7, LayerDecayRule = LayerDecayRule.Single }),
        new("fine-tuning, no layer decay", true, Few with { LearningRate = 5e-4 }),
    ];
}
