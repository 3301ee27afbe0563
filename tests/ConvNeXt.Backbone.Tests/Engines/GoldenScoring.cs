using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Tests.Engines;

/// <summary>What a scoring engine gives for the golden inputs, held to the official network's outputs; whichever engine it is.</summary>
internal static class GoldenScoring
{
    private const double Tolerance = 1e-5;

    /// <summary>Logits and pooled features of all inputs of a case.</summary>
    public static void AssertLogitsAndFeatures(IScoringEngine engine, string name, string engineName)
    {
        using var cases = SafetensorsFile.Open(GoldenNetwork.File("forward", $"{name}.cases.safetensors"));
        foreach (var entry in cases.Entries.Where(entry => entry.Name.EndsWith(".input", StringComparison.Ordinal)))
        {
            string tag = entry.Name[..^".input".Length];
            var (images, count, height, width) = GoldenNetwork.Images(cases, entry.Name);
            var logits = new float[count * engine.Config.ClassCount];
            var features = new float[count * engine.FeatureCount];
            engine.Score(images, count, height, width, logits);
            engine.Featurize(images, count, height, width, features);
            double logitError = GoldenNetwork.Difference(cases.ReadDoubles($"{tag}.logits_f64"), logits);
            double featureError = GoldenNetwork.Difference(cases.ReadDoubles($"{tag}.pooled_f64"), features);
            Console.WriteLine($"{name} {tag}, {engineName}: logits {logitError:e1}, pooled {featureError:e1}");
            Assert.IsTrue(logitError <= Tolerance, $"{name} {tag}: logits are off by {logitError:e2}.");
            Assert.IsTrue(featureError <= Tolerance, $"{name} {tag}: features are off by {featureError:e2}.");
        }
    }

    /// <summary>The output of every stage of a case, with its shape.</summary>
    public static void AssertFeatureMaps(IScoringEngine engine, string name)
    {
        using var file = SafetensorsFile.Open(GoldenNetwork.File("forward", $"{name}.features.safetensors"));
        var (images, count, height, width) = GoldenNetwork.Images(file, "input");
        for (int stage = 0; stage < engine.Config.Depths.Length; stage++)
        {
            string tensor = engine.Config.IsIsotropic ? $"block{engine.Config.Depths[0] - 1}" : $"stage{stage}";
            var (expected, _, mapHeight, mapWidth) = GoldenNetwork.Images(file, tensor);
            Assert.AreEqual((mapHeight, mapWidth, engine.Config.Widths[stage]), engine.FeatureMapShape(height, width, stage));
            var map = new float[expected.Length];
            engine.FeatureMap(images, count, height, width, stage, map);
            double error = GoldenNetwork.Difference([.. expected.Select(value => (double)value)], map);
            Assert.IsTrue(error <= Tolerance * Math.Max(1, expected.Max(Math.Abs)), $"{name} {tensor}: off by {error:e2}.");
        }
    }
}
