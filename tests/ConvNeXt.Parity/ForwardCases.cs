using System.Text.Json;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Parity;

/// <summary>forward/NAME.json: logits and pooled features for several input sizes, and the stages' feature maps for one image.</summary>
internal static class ForwardCases
{
    private const double Tolerance = 1e-5;

    public static IEnumerable<(string Name, Func<CaseResult> Run)> Find(string folder)
    {
        if (!Directory.Exists(folder)) yield break;
        foreach (string file in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
            if (json.RootElement.ValueKind != JsonValueKind.Object || !IsCase(json.RootElement)) continue;
            string name = $"forward/{Path.GetFileNameWithoutExtension(file)}";
            yield return (name, () => Run(name, file));
        }
    }

    /// <summary>Other json files beside the cases hold facts about them.</summary>
    private static bool IsCase(JsonElement root) =>
        root.TryGetProperty("cases", out JsonElement cases) && cases.ValueKind == JsonValueKind.String && root.TryGetProperty("weights", out _) && root.TryGetProperty("inputs", out _);

    private static CaseResult Run(string name, string file)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
        JsonElement root = json.RootElement;
        string Sibling(string property) => Path.Combine(Path.GetDirectoryName(file)!, root.GetProperty(property).GetString()!);
        var network = ReferenceNetwork.Read(Sibling("weights"), name, root.GetProperty("config"));
        using var engine = new ManagedScoringEngine(network.Config, network.Weights);
        var measures = new List<Measure>();
        using (SafetensorsFile cases = SafetensorsFile.Open(Sibling("cases")))
            foreach (JsonElement input in root.GetProperty("inputs").EnumerateArray())
            {
                string tag = input.GetProperty("tag").GetString()!;
                var (images, count, height, width) = ReferenceFile.Images(cases, $"{tag}.input");
                float[] logits = new float[count * network.Config.ClassCount], pooled = new float[count * engine.FeatureCount];
                engine.Score(images, count, height, width, logits);
                engine.Featurize(images, count, height, width, pooled);
                measures.Add(new Measure($"{tag} logits", Difference.Largest(logits, cases.ReadDoubles($"{tag}.logits_f64")), Tolerance));
                measures.Add(new Measure($"{tag} pooled", Difference.Largest(pooled, cases.ReadDoubles($"{tag}.pooled_f64")), Tolerance));
            }
        if (root.TryGetProperty("features", out _))
            using (SafetensorsFile features = SafetensorsFile.Open(Sibling("features"))) measures.AddRange(Stages(engine, features));
        return new CaseResult(name, measures);
    }

    private static IEnumerable<Measure> Stages(ManagedScoringEngine engine, SafetensorsFile features)
    {
        var (images, count, height, width) = ReferenceFile.Images(features, "input");
        for (int stage = 0; stage < engine.Config.Depths.Length; stage++)
        {
            string tensor = engine.Config.IsIsotropic ? $"block{engine.Config.Depths[0] - 1}" : $"stage{stage}";
            if (!ReferenceFile.Has(features, tensor)) continue;
            double[] expected = ReferenceFile.Map(features, tensor);
            var map = new float[expected.Length];
            engine.FeatureMap(images, count, height, width, stage, map);
            yield return new Measure(tensor, Difference.Largest(map, expected), Tolerance * Math.Max(1, expected.Max(Math.Abs)));
        }
    }
}
