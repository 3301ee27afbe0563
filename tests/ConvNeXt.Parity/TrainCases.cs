using System.Text.Json;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Parity;

/// <summary>train/NAME.json with param_groups: the loss before each step, gradients at the start, parameters after one and five AdamW steps, and their average.</summary>
internal static class TrainCases
{
    private const double LossTolerance = 1e-5, GradientTolerance = 1e-5;

    /// <summary>Adam divides by the size of the gradient, so where that is tiny rounding becomes a step.</summary>
    private const double ParameterTolerance = 5e-6, TinyGradientTolerance = 2e-4, TinyGradient = 1e-5;

    public static IEnumerable<(string Name, Func<CaseResult> Run)> Find(string folder)
    {
        if (!Directory.Exists(folder)) yield break;
        foreach (string file in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("param_groups", out _)) continue;
            string name = $"train/{Path.GetFileNameWithoutExtension(file)}";
            yield return (name, () => Run(name, file));
        }
    }

    private static CaseResult Run(string name, string file)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
        JsonElement root = json.RootElement, optimizer = root.GetProperty("optimizer");
        string folder = Path.GetDirectoryName(file)!, stem = Path.Combine(folder, Path.GetFileNameWithoutExtension(file));
        var network = ReferenceNetwork.Read(Path.Combine(folder, root.GetProperty("initial_weights").GetString()!), name, root.GetProperty("config"));
        using SafetensorsFile batchFile = SafetensorsFile.Open($"{stem}.batch.safetensors");
        var (images, count, height, width) = ReferenceFile.Images(batchFile, "images");
        var batch = new TrainingBatch { Images = images, Targets = batchFile.ReadSingles("targets"), Count = count, Height = height, Width = width };
        double[] betas = [.. optimizer.GetProperty("betas").EnumerateArray().Select(value => value.GetDouble())];
        using var engine = new ManagedTrainingEngine(new TrainingEngineSettings
        {
            Config = network.Config,
            Weights = network.Weights,
            BatchSize = count,
            Height = height,
            Width = width,
            Rules = Rules(root.GetProperty("param_groups")),
            Beta1 = betas[0],
            Beta2 = betas[1],
            Epsilon = optimizer.GetProperty("eps").GetDouble(),
            AverageDecay = root.GetProperty("ema_decay").GetDouble(),
        });
        var measures = new List<Measure>();
        WeightSet? gradients = null;
        double loss = 0;
        int step = 0;
        foreach (JsonElement expected in root.GetProperty("loss_before_each_step").EnumerateArray())
        {
            loss = Math.Max(loss, Math.Abs(engine.AccumulateGradients(batch) - expected.GetDouble()));
            gradients ??= engine.ExportGradients();
            engine.ApplyGradients(new OptimizerStep(optimizer.GetProperty("lr").GetDouble()));
            step++;
            if (File.Exists($"{stem}.params_step{step}.safetensors")) measures.AddRange(Parameters($"step {step}", engine.ExportWeights(), $"{stem}.params_step{step}.safetensors", gradients));
        }
        measures.AddRange(Parameters("EMA", engine.ExportWeights(average: true), $"{stem}.ema_step{step}.safetensors", gradients!));
        return new CaseResult(name, [new Measure("loss", loss, LossTolerance), Gradients(gradients!, $"{stem}.grads.safetensors"), .. measures]);
    }

    private static Dictionary<string, ParameterRule> Rules(JsonElement groups) => groups.EnumerateArray()
        .SelectMany(group => group.GetProperty("params").EnumerateArray().Select(parameter => (
            Name: parameter.GetString()!, Rule: new ParameterRule(group.GetProperty("weight_decay").GetDouble(), group.GetProperty("lr_scale").GetDouble()))))
        .ToDictionary(item => item.Name, item => item.Rule, StringComparer.Ordinal);

    private static Measure Gradients(WeightSet gradients, string file)
    {
        using SafetensorsFile expected = SafetensorsFile.Open(file);
        return new Measure("gradients", expected.Entries.Max(entry => Difference.RelativeLength(gradients[entry.Name].Values, expected.ReadDoubles(entry.Name))), GradientTolerance);
    }

    private static IEnumerable<Measure> Parameters(string what, WeightSet actual, string file, WeightSet gradients)
    {
        using SafetensorsFile expected = SafetensorsFile.Open(file);
        double ordinary = 0, tiny = 0;
        foreach (SafetensorsEntry entry in expected.Entries)
        {
            float[] values = actual[entry.Name].Values, gradient = gradients[entry.Name].Values;
            double[] wanted = expected.ReadDoubles(entry.Name);
            for (int i = 0; i < wanted.Length; i++)
            {
                double difference = Math.Abs(values[i] - wanted[i]);
                if (double.IsNaN(difference)) difference = double.PositiveInfinity;
                if (Math.Abs(gradient[i]) > TinyGradient) ordinary = Math.Max(ordinary, difference);
                else tiny = Math.Max(tiny, difference);
            }
        }
        yield return new Measure($"{what} parameters", ordinary, ParameterTolerance);
        yield return new Measure($"{what} at tiny gradients", tiny, TinyGradientTolerance);
    }
}
