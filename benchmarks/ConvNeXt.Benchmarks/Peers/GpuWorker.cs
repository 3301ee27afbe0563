using System.Globalization;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>The TorchSharp engine's side of the comparison on a GPU: the same commands as those of peers/pytorch/gpu_worker.py.</summary>
internal static class GpuWorker
{
    /// <summary>The word on the command line, before the mode.</summary>
    public const string Command = "gpu-worker";

    /// <summary>Answers commands until there are no more.</summary>
    /// <param name="arguments">Mode, weights, device (a number or cpu), batch, size, the file of the images, and precision.</param>
    public static int Serve(string[] arguments)
    {
        if (arguments is not [var mode, var path, var device, var batch, var size, var input, var precision])
            throw new ArgumentException("A GPU worker takes: score|train WEIGHTS DEVICE BATCH SIZE INPUT fp32|tf32|bf16.");
        ImageBatch images = OwnWorker.ReadImages(input, int.Parse(batch, CultureInfo.InvariantCulture), int.Parse(size, CultureInfo.InvariantCulture));
        WeightSet weights = WeightFile.ReadAll(path);
        DeviceOptions options = Options(device, precision) with { LargestPart = images.Count };
        Func<float[]> run = mode == OwnWorker.Score ? Scoring(weights, path, images, options) : Training(weights, path, images, options);
        string library = typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString();
        return OwnWorker.Answer($"ConvNeXt.Backbone.TorchSharp, TorchSharp {library}, .NET {Environment.Version}", run);
    }

    /// <summary>Options of words on the command line.</summary>
    public static DeviceOptions Options(string device, string precision) => new()
    {
        DeviceIds = device == "cpu" ? [] : [int.Parse(device, CultureInfo.InvariantCulture)],
        Precision = precision switch
        {
            "fp32" => ComputePrecision.Single,
            "tf32" => ComputePrecision.TensorFloat32,
            "bf16" => ComputePrecision.BFloat16,
            _ => throw new PeerException($"There is no precision '{precision}'; there are fp32, tf32 and bf16."),
        },
    };

    // Engines live as long as the process.
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
        var config = ConfigDetector.Detect(weights, path);
        return OwnWorker.Steps(
            new TorchTrainingEngine(
                new TrainingEngineSettings
                {
                    Config = config,
                    Weights = weights,
                    BatchSize = images.Count,
                    Height = images.Height,
                    Width = images.Width,
                    Rules = ParameterRules.Create(config, weightDecay: 0.05),
                },
                options),
            images);
    }
}
