using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Benchmarks.Gpu;
using ConvNeXt.Benchmarks.Peers;

namespace ConvNeXt.Benchmarks.Throughput;

/// <summary>
/// The throughput columns of the paper's tables 1, 2 and 12 for this machine, or for its GPU, beside the printed figures. A column of ratios says how much
/// slower than ConvNeXt-T at 224 pixels a network is, here and there, which does not depend on how fast the machines are.
/// </summary>
internal static class ThroughputBenchmark
{
    /// <summary>The options, for the help text.</summary>
    public const string Usage = "[--device cpu] [--precision fp32|tf32|bf16] [--variant tiny,base] [--batch 16] [--threads N] [--seconds 3] [--training-memory no]";

    /// <summary>Prints the table.</summary>
    public static int Run(Arguments arguments)
    {
        string device = arguments.Text("device") ?? "cpu";
        DeviceOptions options = GpuWorker.Options(device, arguments.Text("precision") ?? "fp32");
        if (device == "cpu" && options.Precision != ComputePrecision.Single) throw new BenchmarkException("--precision needs --device N: the engine for CPUs computes in fp32.");
        if (device != "cpu" && new TorchEngineProvider().WhyUnavailable(options) is { } reason) throw new BenchmarkException(reason);
        ConvNeXtVariant[] wanted = arguments.Text("variant") is null ? [.. PrintedThroughput.All.Select(row => row.Variant)] : arguments.Variants("");
        int batch = arguments.Integer("batch", 16), seconds = arguments.Integer("seconds", 3);
        int threads = arguments.Threads ?? Environment.ProcessorCount;
        bool plansTraining = device == "cpu" && arguments.Text("training-memory") != "no";
        string where = device == "cpu" ? $"{threads} thread(s)" : $"GPU {device}, {options.Precision}";
        Console.WriteLine($"| network | side | parameters, M | multiply-adds, G | {where}, images/s | GFLOP/s | V100, printed | A100, printed | x slower than T | on V100 | on A100 |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        PrintedThroughput first = PrintedThroughput.All[0];
        double? ofFirst = null;
        foreach (PrintedThroughput row in PrintedThroughput.All.Where(row => wanted.Contains(row.Variant)))
        {
            ConvNeXtConfig config = ConvNeXtArchitectures.Get(row.Variant);
            double work = NetworkCost.MultiplyAccumulates(config, row.Side, row.Side);
            int count = device == "cpu" ? BatchOf(batch, work) : batch;
            double rate = Measure(config, row.Side, count, threads, device == "cpu" ? null : options, seconds);
            if (row == first) ofFirst = rate;
            Console.WriteLine(FormattableString.Invariant(
                $"| {config.Name} | {row.Side} | {NetworkCost.Parameters(config) / 1e6:0.0} | {work / 1e9:0.0} | {rate:0.00} | {2 * work * rate / 1e9:0} | {row.V100} | {row.A100} | ")
                + FormattableString.Invariant($"{ofFirst / rate:0.0} | {first.V100 / row.V100:0.0} | {first.A100 / row.A100:0.0} |"));
        }

        foreach (PrintedThroughput row in PrintedThroughput.All.Where(row => plansTraining && row.TrainingGigabytes is not null && wanted.Contains(row.Variant)))
            Console.WriteLine($"{ConvNeXtArchitectures.Get(row.Variant).Name}: {TrainingMemory(row, threads)}; printed: {row.TrainingGigabytes} GB");
        return 0;
    }

    // Large networks get fewer images, so that no pass takes much longer than one of ConvNeXt-T; how many hardly matters on a CPU.
    private static int BatchOf(int batch, double work)
    {
        PrintedThroughput first = PrintedThroughput.All[0];
        double ofFirst = NetworkCost.MultiplyAccumulates(ConvNeXtArchitectures.Get(first.Variant), first.Side, first.Side);
        return Math.Clamp((int)Math.Round(batch * ofFirst / work), 1, batch);
    }

    private static double Measure(ConvNeXtConfig config, int side, int count, int threads, DeviceOptions? gpu, int seconds)
    {
        var weights = WeightInitializer.Create(config, seed: 1);
        using IScoringEngine engine = gpu is null
            ? new ManagedScoringEngine(config, weights, new EngineOptions { ThreadCount = threads })
            : new TorchScoringEngine(config, weights, gpu with { LargestPart = count });
        float[] pixels = ImageBatch.Random(count, side, side, seed: 2).Pixels, logits = new float[count * config.ClassCount];
        return count / Repetition.MedianSeconds(() => engine.Score(pixels, count, side, side, logits), seconds);
    }

    // What the engine reserves before the first step; nothing is trained.
    private static string TrainingMemory(PrintedThroughput row, int threads)
    {
        ConvNeXtConfig config = ConvNeXtArchitectures.Get(row.Variant);
        return FormattableString.Invariant($"training memory with {PrintedThroughput.TrainingBatch} images {Planned(false):0.0} GB, with activation checkpointing {Planned(true):0.0} GB");

        double Planned(bool recomputes)
        {
            var settings = new TrainingEngineSettings
            {
                Config = config,
                Weights = WeightInitializer.Create(config, seed: 1),
                BatchSize = PrintedThroughput.TrainingBatch,
                Height = row.Side,
                Width = row.Side,
                Threads = threads,
                ActivationCheckpointing = recomputes,
                Rules = ParameterRules.Create(config, weightDecay: 0.05),
            };
            using var engine = new ManagedTrainingEngine(settings);
            return engine.WorkspaceBytes / 1e9;
        }
    }
}
