using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>This project's side of the paired comparison: the same commands as those of the other workers.</summary>
internal static class OwnWorker
{
    /// <summary>The word on the command line, before the mode.</summary>
    public const string Command = "worker";

    public const string Score = "score", Train = "train", TrainCheckpointing = "train-checkpointing";

    private const float LearningRate = 1e-4f, WeightDecay = 0.05f;

    /// <summary>Answers commands until there are no more.</summary>
    /// <param name="arguments">Mode, weights, threads, batch, size and the file of the images.</param>
    public static int Serve(string[] arguments)
    {
        if (arguments is not [var mode, var weights, var threadsWord, var batchWord, var sizeWord, var input])
            throw new ArgumentException("A worker takes: score|train|train-checkpointing WEIGHTS THREADS BATCH SIZE INPUT.");
        int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
        (int threads, int batch, int size) = (Number(threadsWord), Number(batchWord), Number(sizeWord));
        ImageBatch images = ReadImages(input, batch, size);
        Func<float[]> run = mode == Score ? Scoring(weights, threads, images) : Training(weights, threads, images, mode == TrainCheckpointing);
        return Answer($"ConvNeXt.MLNet, .NET {Environment.Version}", run);
    }

    /// <summary>Says what this side is, then answers commands until there are no more.</summary>
    /// <param name="title">What it is.</param>
    /// <param name="run">A pass or step; its logits.</param>
    internal static int Answer(string title, Func<float[]> run)
    {
        Console.WriteLine(title);
        while (Console.ReadLine() is { } line)
        {
            string[] words = line.Split(' ', 2);
            if (words[0] == "run")
            {
                var times = new double[int.Parse(words[1], CultureInfo.InvariantCulture)];
                foreach (ref double time in times.AsSpan())
                {
                    long start = Stopwatch.GetTimestamp();
                    run();
                    time = Stopwatch.GetElapsedTime(start).TotalSeconds;
                }
                Console.WriteLine(string.Join(' ', times.Select(time => time.ToString(CultureInfo.InvariantCulture))));
            }
            else
            {
                File.WriteAllBytes(words[1], MemoryMarshal.AsBytes(run().AsSpan()));
                Console.WriteLine("written");
            }
        }
        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static ImageBatch ReadImages(string path, int batch, int size) =>
        ImageBatch.FromChannelsFirst(MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray(), batch, size, size);

    // Engines live as long as the process.
    private static Func<float[]> Scoring(string path, int threads, ImageBatch images)
    {
        using WeightFile weights = WeightFile.Open(path);
        var engine = new ManagedScoringEngine(weights.DetectConfig(), weights, new EngineOptions { ThreadCount = threads });
        var logits = new float[images.Count * engine.Config.ClassCount];
        return () =>
        {
            engine.Score(images.Pixels, images.Count, images.Height, images.Width, logits);
            return logits;
        };
    }

    private static Func<float[]> Training(string path, int threads, ImageBatch images, bool checkpoints)
    {
        ITrainingEngine engine = CreateTrainer(path, threads, images, checkpoints);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive); // The file's copy of the weights goes back to the system, as it does on the other side.
        return Steps(engine, images);
    }

    /// <summary>Training steps on one batch.</summary>
    internal static Func<float[]> Steps(ITrainingEngine engine, ImageBatch images)
    {
        ConvNeXtConfig config = engine.Config;
        var targets = new float[images.Count * config.ClassCount];
        for (int image = 0; image < images.Count; image++) targets[image * config.ClassCount + image % config.ClassCount] = 1;
        var batch = new TrainingBatch
        {
            Images = images.Pixels,
            Targets = targets,
            Logits = new float[images.Count * config.ClassCount],
            Count = images.Count,
            Height = images.Height,
            Width = images.Width,
        };
        return () =>
        {
            engine.AccumulateGradients(batch);
            engine.ApplyGradients(new OptimizerStep(LearningRate));
            return batch.Logits;
        };
    }

    // A method of its own, so that nothing of the file is on the stack afterwards.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ManagedTrainingEngine CreateTrainer(string path, int threads, ImageBatch images, bool checkpoints)
    {
        WeightSet weights = WeightFile.ReadAll(path);
        ConvNeXtConfig config = ConfigDetector.Detect(weights, path);
        return new ManagedTrainingEngine(new TrainingEngineSettings
        {
            Config = config,
            Weights = weights,
            BatchSize = images.Count,
            Height = images.Height,
            Width = images.Width,
            Threads = threads,
            Rules = ParameterRules.Create(config, WeightDecay),
            ActivationCheckpointing = checkpoints,
        });
    }
}
