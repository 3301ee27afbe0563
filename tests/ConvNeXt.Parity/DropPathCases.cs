using System.Text.Json;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Parity;

/// <summary>train/NAME.json with block_rates_in_order: logits of a training-mode forward pass with the recorded draws of stochastic depth.</summary>
internal static class DropPathCases
{
    private const double Tolerance = 1e-5;

    public static IEnumerable<(string Name, Func<CaseResult> Run)> Find(string folder)
    {
        if (!Directory.Exists(folder)) yield break;
        foreach (string file in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("block_rates_in_order", out _)) continue;
            string name = $"train/{Path.GetFileNameWithoutExtension(file)}";
            yield return (name, () => Run(name, file));
        }
    }

    private static CaseResult Run(string name, string file)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
        using SafetensorsFile data = SafetensorsFile.Open(Path.ChangeExtension(file, ".safetensors"));
        const string Prefix = "weights.";
        var weights = new WeightSet();
        foreach (SafetensorsEntry entry in data.Entries.Where(entry => entry.Name.StartsWith(Prefix, StringComparison.Ordinal)))
            weights.Add(new WeightTensor(entry.Name[Prefix.Length..], entry.Shape, data.ReadSingles(entry.Name)));
        var config = ConfigDetector.Detect(weights, file) with { Name = name, DropPathRate = json.RootElement.GetProperty("rate").GetSingle() };
        var (images, count, height, width) = ReferenceFile.Images(data, "input");

        // The first block has rate 0 and draws nothing.
        float[] draws = [.. new float[count], .. data.ReadDoubles("uniform_draws").Select(draw => (float)draw)];
        var logits = new float[count * config.ClassCount];
        using var engine = new ManagedTrainingEngine(new TrainingEngineSettings
        {
            Config = config,
            Weights = weights,
            BatchSize = count,
            Height = height,
            Width = width,
            Rules = ParameterRules.Create(config, weightDecay: 0),
        });
        engine.AccumulateGradients(new TrainingBatch
        {
            Images = images,
            Targets = new float[count * config.ClassCount],
            DropPathDraws = draws,
            Logits = logits,
            Count = count,
            Height = height,
            Width = width,
        });
        return new CaseResult(name, [new Measure("logits", Difference.Largest(logits, data.ReadDoubles("logits_train_f64")), Tolerance)]);
    }
}
