using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>This project's process in the paired comparison; answers the commands of <see cref="PeerProcess"/>.</summary>
internal static class OwnWorker
{
    /// <summary>First word of the command line.</summary>
    public const string Command = "worker";

    /// <summary>Learning rate and weight decay of the training steps, the same in all workers.</summary>
    public const float LearningRate = 1e-4f, WeightDecay = 0.05f;

    /// <summary>Answers commands until the input ends.</summary>
    /// <param name="arguments">As of <see cref="WorkerArguments"/>, the network being a weights file.</param>
    public static int Serve(string[] arguments)
    {
        WorkerArguments worker = WorkerArguments.Parse(arguments);
        ImageBatch images = ReadImages(worker);
        Func<float[]> run = worker.Mode is WorkerArguments.Score or WorkerArguments.ScoreInt8 ? Scoring(worker, images) : Training(worker, images);
        return WorkerLoop.Answer($"ConvNeXt.MLNet, .NET {Environment.Version}", run);
    }

    /// <summary>Training steps on one batch; every image has one class, in turn.</summary>
    public static Func<float[]> Steps(ITrainingEngine engine, ImageBatch images)
    {
        int classes = engine.Config.ClassCount;
        var batch = new TrainingBatch
        {
            Images = images.Pixels,
            Targets = Targets(images.Count, classes),
            Logits = new float[images.Count * classes],
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

    /// <summary>One-hot targets, [images, classes]; the classes in turn.</summary>
    public static float[] Targets(int images, int classes)
    {
        var targets = new float[images * classes];
        for (int image = 0; image < images; image++) targets[image * classes + image % classes] = 1;
        return targets;
    }

    // In methods of their own, so that nothing on the stack keeps the bytes of a file alive: peak memory is measured.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ImageBatch ReadImages(WorkerArguments worker) => worker.ReadImages();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ManagedTrainingEngine CreateTrainer(WorkerArguments worker, ImageBatch images)
    {
        WeightSet weights = WeightFile.ReadAll(worker.Network);
        ConvNeXtConfig config = ConfigDetector.Detect(weights, worker.Network);
        return new ManagedTrainingEngine(new TrainingEngineSettings
        {
            Config = config,
            Weights = weights,
            BatchSize = images.Count,
            Height = images.Height,
            Width = images.Width,
            Threads = worker.Threads,
            Rules = ParameterRules.Create(config, WeightDecay),
            ActivationCheckpointing = worker.Mode == WorkerArguments.TrainCheckpointing,
        });
    }

    // Engines are in use until the process ends, so nothing disposes them.
    private static Func<float[]> Scoring(WorkerArguments worker, ImageBatch images)
    {
        using WeightFile weights = WeightFile.Open(worker.Network);
        ComputePrecision precision = worker.Mode == WorkerArguments.ScoreInt8 ? ComputePrecision.Int8 : ComputePrecision.Single;
        var engine = new ManagedScoringEngine(weights.DetectConfig(), weights, new EngineOptions { ThreadCount = worker.Threads, Precision = precision });
        var logits = new float[images.Count * engine.Config.ClassCount];
        return () =>
        {
            engine.Score(images.Pixels, images.Count, images.Height, images.Width, logits);
            return logits;
        };
    }

    private static Func<float[]> Training(WorkerArguments worker, ImageBatch images)
    {
        ITrainingEngine engine = CreateTrainer(worker, images);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive); // returns the memory of the weights file, as the other workers do
        return Steps(engine, images);
    }
}
