using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Training.Distributed;

/// <summary>A run with everything that ranks must do alike: layer decay, drop path, Mixup and CutMix, an average, accumulation, clipping.</summary>
internal static class RankedTraining
{
    public static ConvNeXtConfig Config { get; } = new()
    {
        Depths = [1, 1, 2, 1],
        Widths = [8, 16, 24, 32],
        ClassCount = 3,
        DropPathRate = 0.2f,
        LayerScaleInit = 0.1f,
    };

    public static TrainingOptions Options { get; } = new()
    {
        Epochs = 5,
        WarmupEpochs = 1,
        BatchSize = 6,
        AccumulateBatches = 2,
        LayerDecay = 0.8,
        AverageDecay = 0.9,
        MaxGradientNorm = 1,
        Mixup = new Mixup(),
        Preprocessing = ImagePreprocessing.ForSize(32),
        Seed = 5,
        LoaderThreads = 1,
    };

    /// <summary>Fifty steps.</summary>
    public static int Images => 120;

    /// <summary>The initial weights, from which training moves away.</summary>
    public static WeightSet Start => WeightInitializer.Create(Config, Options.Seed, 1);

    public static TrainingSession Session(
        IRankGroup ranks, TrainingOptions? options = null, CheckpointOptions? checkpoints = null, ILabeledImageSource? train = null, ILabeledImageSource? validation = null,
        TimeSpan? peerTimeout = null) =>
        new(Config, null, options ?? Options, train ?? new SyntheticImages(Images, 3), validation ?? new SyntheticImages(13, 3, seed: 2))
        {
            Ranks = ranks,
            PeerTimeout = peerTimeout ?? TimeSpan.FromMinutes(1),
            Checkpoints = checkpoints,
        };

    /// <summary>Trains and records the mean loss of the epoch after each step.</summary>
    public static RankedResult Train(IRankGroup ranks, TrainingOptions? options = null, CheckpointOptions? checkpoints = null, Action<int>? afterStep = null)
    {
        var losses = new List<double>();
        var callbacks = new TrainingCallbacks
        {
            Step = progress =>
            {
                losses.Add(progress.Loss);
                afterStep?.Invoke(losses.Count);
            },
        };
        return new RankedResult(Session(ranks, options, checkpoints).Run(callbacks), losses);
    }

    /// <summary>The largest difference of two runs, as a share of the largest distance that a weight of the same tensor moved.</summary>
    public static double Distance(WeightSet one, WeightSet other)
    {
        double largest = 0;
        foreach (WeightTensor start in Start.Tensors)
        {
            float[] a = one[start.Name].Values, b = other[start.Name].Values;
            double moved = a.Zip(start.Values, (to, from) => Math.Abs((double)to - from)).Max();
            double difference = a.Zip(b, (left, right) => Math.Abs((double)left - right)).Max();
            largest = Math.Max(largest, difference / moved);
        }
        return largest;
    }

    /// <summary>The largest relative difference of the losses of two runs.</summary>
    public static double Distance(IReadOnlyList<double> one, IReadOnlyList<double> other) => one.Zip(other, (a, b) => Math.Abs(a - b) / a).Max();
}

/// <summary>A run of a rank.</summary>
/// <param name="Result">The result.</param>
/// <param name="Losses">The mean loss of the epoch after each step.</param>
internal sealed record RankedResult(TrainingResult Result, List<double> Losses);
