using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.Tests.Engines;

namespace ConvNeXt.Tests;

[TestClass]
public sealed class GoldenForwardTests
{
    [TestMethod]
    [DynamicData(nameof(GoldenNetwork.Names), typeof(GoldenNetwork))]
    public void Scoring_EqualsTheOfficialNetwork(string name)
    {
        using var engine = new TorchScoringEngine(GoldenNetwork.Config(name), GoldenNetwork.Weights(name));
        GoldenScoring.AssertLogitsAndFeatures(engine, name, "TorchSharp");
    }

    [TestMethod]
    [DataRow("fb_v1_small")]
    [DataRow("fb_v2_small")]
    [DataRow("timm_atto_ols_like")]
    public void FeatureMaps_EqualTheOfficialStages(string name)
    {
        using var engine = new TorchScoringEngine(GoldenNetwork.Config(name), GoldenNetwork.Weights(name));
        GoldenScoring.AssertFeatureMaps(engine, name);
    }

    [TestMethod]
    [DataRow("fb_v1_small", ComputePrecision.BFloat16, 0.05)]
    [DataRow("fb_v2_small", ComputePrecision.BFloat16, 0.05)]
    [DataRow("fb_v1_small", ComputePrecision.TensorFloat32, 1e-2)]
    public void LowerPrecision_StaysCloseToTheOfficialLogits(string name, ComputePrecision precision, double tolerance)
    {
        using var engine = new TorchScoringEngine(GoldenNetwork.Config(name), GoldenNetwork.Weights(name), new DeviceOptions { Precision = precision });
        using var cases = SafetensorsFile.Open(GoldenNetwork.File("forward", $"{name}.cases.safetensors"));
        var (images, count, height, width) = GoldenNetwork.Images(cases, "64x64.input");
        var logits = new float[count * engine.Config.ClassCount];
        engine.Score(images, count, height, width, logits);
        double distance = GoldenNetwork.RelativeDistance([.. cases.ReadDoubles("64x64.logits_f64").Select(value => (float)value)], logits);
        Console.WriteLine($"{name}, {precision}: {distance:e2}, relative");
        Assert.IsTrue(distance <= tolerance, $"{name}: off by {distance:e2}.");
        if (precision == ComputePrecision.BFloat16) Assert.IsTrue(distance > 1e-5, "bfloat16 cannot be as close as this.");
    }
}
