using System.Text.Json;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Tests.Engines;

/// <summary>Training steps recorded from the official code.</summary>
internal static class GoldenTraining
{
    private const double GradientTolerance = 1e-5;

    public static double LearningRate(string name) => Json(name).GetProperty("optimizer").GetProperty("lr").GetDouble();

    public static double AverageDecay(string name) => Json(name).GetProperty("ema_decay").GetDouble();

    public static double[] Losses(string name) => [.. Json(name).GetProperty("loss_before_each_step").EnumerateArray().Select(value => value.GetDouble())];

    public static TrainingBatch Batch(string name)
    {
        using var file = SafetensorsFile.Open(GoldenNetwork.File("train", $"{name}.batch.safetensors"));
        var (images, count, height, width) = GoldenNetwork.Images(file, "images");
        var targets = file.ReadSingles("targets");
        return new TrainingBatch { Images = images, Targets = targets, Logits = new float[targets.Length], Count = count, Height = height, Width = width };
    }

    public static TrainingEngineSettings Settings(string name)
    {
        var rules = new Dictionary<string, ParameterRule>();
        foreach (var group in Json(name).GetProperty("param_groups").EnumerateArray())
            foreach (var parameter in group.GetProperty("params").EnumerateArray())
                rules.Add(parameter.GetString()!, new ParameterRule(group.GetProperty("weight_decay").GetDouble(), group.GetProperty("lr_scale").GetDouble()));

        // The weights of fb_v1_small lie with its forward case.
        var weights = Json(name).TryGetProperty("initial_weights", out var file) && !file.GetString()!.Contains('/', StringComparison.Ordinal)
            ? SafetensorsReader.Read(GoldenNetwork.File("train", file.GetString()!))
            : GoldenNetwork.Weights(name);
        return new TrainingEngineSettings { Config = ConfigDetector.Detect(weights, name), Weights = weights, BatchSize = 4, Height = 64, Width = 64, Rules = rules };
    }

    /// <summary>Gradients at the start against the recorded ones.</summary>
    public static void CompareGradients(string name, WeightSet gradients)
    {
        foreach (var expected in FirstGradients(name).Tensors)
        {
            double error = GoldenNetwork.RelativeDistance(expected.Values, gradients[expected.Name].Values);
            Assert.IsTrue(error <= GradientTolerance, $"{expected.Name}: the gradient is off by {error:e2}, relative.");
        }
    }

    /// <summary>Weights against recorded ones, such as params_step5.</summary>
    public static void CompareWeights(string name, string recorded, WeightSet weights)
    {
        var firstGradients = FirstGradients(name);
        foreach (var expected in SafetensorsReader.Read(GoldenNetwork.File("train", $"{name}.{recorded}.safetensors")).Tensors)
        {
            float[] gradient = firstGradients[expected.Name].Values, values = weights[expected.Name].Values;
            for (int i = 0; i < values.Length; i++)
            {
                // Adam divides tiny gradients by their own size; what is noise in them becomes visible.
                double tolerance = Math.Abs(gradient[i]) > 1e-5 ? 5e-6 : 2e-4;
                Assert.AreEqual(expected.Values[i], values[i], tolerance, $"{expected.Name}[{i}], {recorded}");
            }
        }
    }

    private static WeightSet FirstGradients(string name) => SafetensorsReader.Read(GoldenNetwork.File("train", $"{name}.grads.safetensors"));

    private static JsonElement Json(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(GoldenNetwork.File("train", $"{name}.json")));
        return json.RootElement.Clone();
    }
}
