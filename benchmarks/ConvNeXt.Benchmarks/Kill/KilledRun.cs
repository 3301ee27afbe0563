using System.Globalization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.MLNet;

namespace ConvNeXt.Benchmarks.Kill;

/// <summary>The training run that is killed: it resumes from the checkpoint in a folder, writes one after each step, and prints each step.</summary>
internal static class KilledRun
{
    /// <summary>First word of the command line.</summary>
    public const string Command = "killed-run";

    /// <summary>The file that a completed run writes.</summary>
    public const string ResultName = "result.safetensors";

    private static readonly ConvNeXtConfig Config = new()
    {
        Depths = [1, 1, 2, 1],
        Widths = [16, 32, 64, 128],
        ClassCount = 3,
        DropPathRate = 0.2f,
        LayerScaleInit = 0.1f,
    };

    // More than any budget lets it have.
    private const int BudgetedEpochs = 100_000;

    // Everything that can be part of a run's state: a moving average, accumulated batches, random numbers of every kind.
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

    private static NoiseImages Training => new(208, Config.ClassCount, seed: 1);

    /// <summary>Runs to the end, or until it is killed.</summary>
    /// <param name="words">The folder, and the seconds of a time budget if the run has one.</param>
    public static int Run(string[] words)
    {
        string folder = words[0];
        TrainingOptions options = words.Length == 1 ? Options : Options with
        {
            Epochs = BudgetedEpochs,
            MaxTrainingTime = TimeSpan.FromSeconds(int.Parse(words[1], CultureInfo.InvariantCulture)),
        };
        var session = new TrainingSession(Config, null, options, Training, new NoiseImages(24, Config.ClassCount, seed: 2))
        {
            Checkpoints = new CheckpointOptions { Folder = folder, Resume = true, EveryMinutes = 0 },
        };
        var result = session.Run(new TrainingCallbacks { Step = progress => Console.WriteLine($"{progress.Epoch}.{progress.Step}") });
        SafetensorsWriter.Write(Path.Combine(folder, ResultName), result.Weights);
        return 0;
    }
}
