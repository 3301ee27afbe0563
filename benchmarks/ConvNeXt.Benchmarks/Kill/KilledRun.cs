using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Benchmarks.Kill;

/// <summary>The training run that is killed: it goes on from the checkpoint in a folder, writes one after each step, and says each step on the standard output.</summary>
internal static class KilledRun
{
    /// <summary>The word on the command line, before the folder.</summary>
    public const string Command = "killed-run";

    /// <summary>What a run that comes to its end writes.</summary>
    public const string ResultName = "result.safetensors";

    private static readonly ConvNeXtConfig Config = new() { Depths = [1, 1, 2, 1], Widths = [16, 32, 64, 128], ClassCount = 3, DropPathRate = 0.2f, LayerScaleInit = 0.1f };

    // Whatever a run can have in its state: an average, accumulated batches, random numbers of every kind.
    private static readonly TrainingOptions Options = new()
    {
        Epochs = 20,
        WarmupEpochs = 2,
        BatchSize = 8,
        AccumulateBatches = 2,
        AverageDecay = 0.95,
        MaxGradientNorm = 5,
        Mixup = new Mixup(),
        RandAugment = new RandAugment(),
        RandomErasing = new RandomErasing(),
        Preprocessing = ImagePreprocessing.ForSize(32),
        Seed = 17,
    };

    /// <summary>Optimizer steps of the whole run.</summary>
    public static int TotalSteps => Options.Epochs * (Training.Count / Options.BatchSize / Options.AccumulateBatches);

    private static DrawnPictures Training => new(208, Config.ClassCount, seed: 1);

    public static int Run(string folder)
    {
        var session = new TrainingSession(Config, null, Options, Training, new DrawnPictures(24, Config.ClassCount, seed: 2))
        {
            Checkpoints = new CheckpointOptions { Folder = folder, Resume = true, EveryMinutes = 0 },
        };
        var result = session.Run(new TrainingCallbacks { Step = progress => Console.WriteLine($"{progress.Epoch}.{progress.Step}") });
        SafetensorsWriter.Write(Path.Combine(folder, ResultName), result.Weights);
        return 0;
    }
}
