using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Kernels;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Engines;

[TestClass]
public sealed class GoldenForwardTests
{
    private const double Tolerance = 1e-5;

    [TestMethod]
    [DataRow("fb_v1_small")]
    [DataRow("fb_v1_no_layerscale")]
    [DataRow("fb_v1_eps_probe")]
    [DataRow("fb_v1_isotropic")]
    [DataRow("fb_v1_isotropic_layerscale")]
    [DataRow("fb_v2_small")]
    [DataRow("fb_v2_eps_probe")]
    [DataRow("timm_atto_like")]
    [DataRow("timm_linear_mlp_no_ls")]
    [DataRow("timm_v2_atto_like")]
    [DataRow("timm_v2_linear")]
    [DataRow("timm_atto_ols_like")]
    [DataRow("timm_tiny_hnf_like")]
    [DataRow("timm_large_mlp_head_like")]
    public void Scoring_EqualsTheOfficialNetwork(string name) => Compare(name, SimdSupport.Best);

    [TestMethod]
    [DataRow(256)]
    [DataRow(128)]
    [DataRow(32)]
    public void Scoring_EqualsTheOfficialNetwork_AtEveryVectorWidth(int bits)
    {
        if (bits > (int)SimdSupport.Best && bits > 128) Assert.Inconclusive($"This machine has no {bits}-bit registers.");
        Compare("fb_v1_small", (SimdWidth)bits);
        Compare("fb_v1_eps_probe", (SimdWidth)bits);
        Compare("fb_v2_eps_probe", (SimdWidth)bits);
        Compare("timm_atto_ols_like", (SimdWidth)bits);
    }

    [TestMethod]
    [DataRow("fb_v1_small")]
    [DataRow("fb_v1_no_layerscale")]
    [DataRow("fb_v1_eps_probe")]
    [DataRow("fb_v1_isotropic")]
    [DataRow("fb_v2_small")]
    [DataRow("fb_v2_eps_probe")]
    [DataRow("timm_atto_like")]
    [DataRow("timm_v2_atto_like")]
    [DataRow("timm_atto_ols_like")]
    public void FeatureMaps_EqualTheOfficialStages(string name)
    {
        using var engine = new ManagedScoringEngine(GoldenNetwork.Config(name), GoldenNetwork.Weights(name));
        using var file = SafetensorsFile.Open(GoldenNetwork.File("forward", $"{name}.features.safetensors"));
        var (images, count, height, width) = GoldenNetwork.Images(file, "input");
        for (int stage = 0; stage < engine.Config.Depths.Length; stage++)
        {
            string tensor = engine.Config.IsIsotropic ? $"block{engine.Config.Depths[0] - 1}" : $"stage{stage}";
            var (expected, _, mapHeight, mapWidth) = GoldenNetwork.Images(file, tensor);
            var shape = engine.FeatureMapShape(height, width, stage);
            Assert.AreEqual((mapHeight, mapWidth, engine.Config.Widths[stage]), shape);
            var map = new float[expected.Length];
            engine.FeatureMap(images, count, height, width, stage, map);
            double error = GoldenNetwork.Difference([.. expected.Select(value => (double)value)], map);
            Assert.IsTrue(error <= Tolerance * Math.Max(1, expected.Max(Math.Abs)), $"{name} {tensor}: off by {error:e2}.");
        }
    }

    private static void Compare(string name, SimdWidth simd)
    {
        using var engine = new ManagedScoringEngine(GoldenNetwork.Config(name), GoldenNetwork.Weights(name), null, simd);
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
            Console.WriteLine($"{name} {tag}, {simd}: logits {logitError:e1}, pooled {featureError:e1}");
            Assert.IsTrue(logitError <= Tolerance, $"{name} {tag}: logits are off by {logitError:e2}.");
            Assert.IsTrue(featureError <= Tolerance, $"{name} {tag}: features are off by {featureError:e2}.");
        }
    }
}
