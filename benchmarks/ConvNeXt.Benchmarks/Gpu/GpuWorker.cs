using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Benchmarks.Peers;
using ConvNeXt.MLNet;

namespace ConvNeXt.Benchmarks.Gpu;

/// <summary>The TorchSharp engine's process in the comparison on a GPU; the other one is peers/pytorch/gpu_worker.py.</summary>
internal static class GpuWorker
{
    /// <summary>First word of the command line.</summary>
    public const string Command = "gpu-worker";

    /// <summary>Answers commands until the input ends.</summary>
    /// <param name="arguments">Mode, weights, device (a number or cpu), batch, size, the file of the images, and precision.</param>
    public static int Serve(string[] arguments)
    {
        if (arguments is not [var mode, var path, var device, var batch, var size, var input, var precision])
            throw new ArgumentException("A GPU worker takes: score|train WEIGHTS DEVICE BATCH SIZE INPUT fp32|tf32|bf16.");
        ImageBatch images = WorkerArguments.Parse([mode, path, "0", batch, size, input]).ReadImages();
        WeightSet weights = WeightFile.ReadAll(path);
        DeviceOptions options = Options(device, precision) with { LargestPart = images.Count };
        Func<float[]> run = mode == WorkerArguments.Score ? Scoring(weights, path, images, options) : Training(weights, path, images, options);
        string library = typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString();
        return WorkerLoop.Answer($"ConvNeXt.Backbone.TorchSharp, TorchSharp {library}, .NET {Environment.Version}", run);
    }

    /// <summary>The options that words on the command line name.</summary>
    /// <exception cref="BenchmarkException">There is no such precision.</exception>
    public static DeviceOptions Options(string device, string precision) => new()
    {
        DeviceIds = device == "cpu" ? [] : [int.Parse(device)],
        Precision = precision switch
        {
            "fp32" => ComputePrecision.Single,
            "tf32" => ComputePrecision.TensorFloat32,
            "bf16" => ComputePrecision.BFloat16,
            _ => throw new BenchmarkException($"'{precision}' is not a precision. The precisions are fp32, tf32 and bf16."),
        },
    };

    // Engines are in use until the process ends, so nothing disposes them.
    private static Func<float[]> Scoring(WeightSet weights, string path, ImageBatch images, DeviceOptions options)
    {
        var engine = new TorchScoringEngine(ConfigDetector.Detect(weights, path), weights, options);
        var logits = new float[images.Count * engine.Config.ClassCount];
        return () =>
        {
            engine.Score(images.Pixels, images.Count, images.Height, images.Width, logits);
            return logits;
        };
    }

    private static Func<float[]> Training(WeightSet weights, string path, ImageBatch images, DeviceOptions options)
    {
        ConvNeXtConfig config = ConfigDetector.Detect(weights, path);
        var settings = new TrainingEngineSettings
        {
            Config = config,
            Weights = weights,
            BatchSize = images.Count,
            Height = images.Height,
            Width = images.Width,
            Rules = ParameterRules.Create(config, OwnWorker.WeightDecay),
        };
        return OwnWorker.Steps(new TorchTrainingEngine(settings, options), images);
    }
}
