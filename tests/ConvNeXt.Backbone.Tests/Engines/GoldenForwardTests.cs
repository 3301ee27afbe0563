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
