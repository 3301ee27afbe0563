using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Benchmarks.Distributed;

/// <summary>
/// Training steps of the ranks that mpirun started, or of one process: median time of a step, of its computation alone and of an exchange alone. The batch is
/// that of all ranks together.
/// </summary>
internal static class RankBenchmark
{
    public const string Usage = "[--variant atto] [--size 96] [--batch 32] [--threads 1] [--steps 20] [--overlap no] [--gradients bfloat16]";

    private const int WarmupSteps = 3;

    public static int Run(Arguments arguments)
    {
        IRankGroup ranks = RankGroups.Join();
        ranks.BFloat16Gradients = arguments.Text("gradients") == "bfloat16";
        var config = ConvNeXtArchitectures.Get(arguments.Variant("atto")) with { ClassCount = 10 };
        int size = arguments.Integer("size", 96), whole = arguments.Integer("batch", 32), steps = arguments.Integer("steps", 20);
        int batch = new RankShare(ranks.Rank, ranks.Size).PositionsOf(whole, inPairs: false).Length;
        bool overlaps = arguments.Text("overlap") != "no";
        using ManagedTrainingEngine engine = Create(arguments, config, size, batch, ranks.Gradients), alone = Create(arguments, config, size, batch, null);
        TrainingBatch data = Batch(config, size, batch, overlaps);

        double step = Median(steps, () => Step(engine, data, ranks));
        double compute = Median(steps, () => Step(alone, data, SingleRank.Instance));
        double exchange = Median(steps, () => engine.ApplyGradients(new OptimizerStep(0))) - Median(steps, () => alone.ApplyGradients(new OptimizerStep(0)));
        Span<double> slowest = [compute / ranks.Size, exchange / ranks.Size];
        ranks.Sum(slowest);
        if (ranks.Rank > 0) return 0;
        double megabytes = NetworkCost.Parameters(config) * (ranks.BFloat16Gradients ? 2 : 4) / 1e6;
        Console.WriteLine(FormattableString.Invariant(
            $"{config.Name} {size}, batch {whole}, {ranks.Size} ranks of {arguments.Threads ?? 0} threads, overlap {(overlaps ? "yes" : "no")}, ")
            + FormattableString.Invariant($"{(ranks.BFloat16Gradients ? "bfloat16" : "float32")}: step {step * 1e3:F1} ms, {whole / step:F0} images/s; ")
            + FormattableString.Invariant($"computing {slowest[0] * 1e3:F1} ms, exchange alone {slowest[1] * 1e3:F1} ms; ")
            + FormattableString.Invariant($"gradients {megabytes:F1} MB, {2.0 * (ranks.Size - 1) / ranks.Size * megabytes:F1} MB sent by each rank in theory"));
        return 0;
    }

    private static ManagedTrainingEngine Create(Arguments arguments, ConvNeXtConfig config, int size, int batch, IGradientExchange? exchange) =>
        new(new TrainingEngineSettings
        {
            Config = config,
            Weights = WeightInitializer.Create(config, seed: 1),
            BatchSize = batch,
            Height = size,
            Width = size,
            Threads = arguments.Threads ?? 0,
            Rules = ParameterRules.Create(config, weightDecay: 0.05),
            Exchange = exchange,
        });

    private static TrainingBatch Batch(ConvNeXtConfig config, int size, int count, bool isLastOfStep)
    {
        var random = new Random(1);
        float[] pixels = [.. Enumerable.Range(0, count * size * size * 3).Select(_ => random.NextSingle())];
        var targets = new float[count * config.ClassCount];
        for (int image = 0; image < count; image++) targets[(image * config.ClassCount) + (image % config.ClassCount)] = 1;
        return new TrainingBatch { Images = pixels, Targets = targets, Count = count, Height = size, Width = size, IsLastOfStep = isLastOfStep };
    }

    private static void Step(ManagedTrainingEngine engine, TrainingBatch batch, IRankGroup ranks)
    {
        double loss = engine.AccumulateGradients(batch);
        Span<double> sum = [loss];
        ranks.Sum(sum);
        engine.ApplyGradients(new OptimizerStep(1e-4) { MaxGradientNorm = double.PositiveInfinity });
    }

    // All ranks repeat it as often.
    private static double Median(int count, Action action)
    {
        for (int i = 0; i < WarmupSteps; i++) action();
        var seconds = new double[count];
        for (int i = 0; i < count; i++)
        {
            long started = Stopwatch.GetTimestamp();
            action();
            seconds[i] = Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        return Repetition.Median(seconds);
    }
}
