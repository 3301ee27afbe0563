using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Engines.Managed;

/// <summary>The comparison of 8-bit products with float32 on given images.</summary>
[TestClass]
public sealed class QuantizationCheckTests
{
    private const int Side = 64, Count = 12;

    private static readonly ConvNeXtConfig _config = NetworkVariants.Get("V1");

    [TestMethod]
    public void AnOrdinaryNetwork_Passes_AndEveryBlockIsReported()
    {
        QuantizationReport report = Check(EngineInputs.Weights(_config), new QuantizationOptions { LowestAgreement = 0.9 });
        Assert.AreEqual(Count, report.Images);
        CollectionAssert.AreEqual(new[] { "stages.0.0", "stages.1.0", "stages.1.1", "stages.2.0", "stages.3.0" }, report.Blocks.Select(block => block.Name).ToArray());
        Assert.IsTrue(report.Blocks.All(block => block.Decibels is > 25 and < 80), report.ToString());
        Assert.IsTrue(report.SingleLayers.IsEmpty);
        Assert.IsTrue(report.MeanChange > 0 && report.LargestChange >= report.MeanChange / _config.ClassCount);
    }

    [TestMethod]
    public void ABlockWhoseHiddenChannelIsAThousandTimesTheOthers_StaysInFloat32()
    {
        WeightSet weights = EngineInputs.Weights(_config);
        MakeHostile(weights, "stages.1.1");
        QuantizationReport report = Check(weights, new QuantizationOptions { LowestAgreement = 0 });
        CollectionAssert.AreEqual(new[] { "stages.1.1" }, report.SingleLayers.ToArray(), string.Join(", ", report.Blocks));
    }

    [TestMethod]
    public void ANetworkThatChangesMoreThanAllowed_IsRefused_WithTheReport()
    {
        WeightSet weights = EngineInputs.Weights(_config);
        MakeHostile(weights, "stages.1.1");
        var refused = Assert.ThrowsExactly<QuantizationException>(
            () => Check(weights, new QuantizationOptions { LowestBlockDecibels = double.NegativeInfinity, LowestAgreement = 0, LargestMeanChange = 1e-6 }));
        StringAssert.Contains(refused.Message, "0.0000 is allowed");
        Assert.IsTrue(refused.Report.MeanChange > 1e-6);
        var changed = Assert.ThrowsExactly<QuantizationException>(() => Check(NotFinite(), new QuantizationOptions { LowestBlockDecibels = double.NegativeInfinity }));
        Assert.IsTrue(double.IsNaN(changed.Report.MeanChange), changed.Message);
    }

    [TestMethod]
    public void NoImages_AndOptionsOutOfRange_AreErrors()
    {
        WeightSet weights = EngineInputs.Weights(_config);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Create(weights, new QuantizationOptions()).Run([])).Message, "no image");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => Check(weights, new QuantizationOptions { LowestAgreement = 1.5 })).Message, "LowestAgreement is 1.5");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => Check(weights, new QuantizationOptions { LargestMeanChange = double.NaN })).Message, "LargestMeanChange");
    }

    // One hidden channel is large and does almost nothing: the range of the row is its own, and the others are lost in one step.
    private static void MakeHostile(WeightSet weights, string block)
    {
        float[] expand = weights[$"{block}.pwconv1.weight"].Values, project = weights[$"{block}.pwconv2.weight"].Values;
        int channels = weights[$"{block}.pwconv1.weight"].Shape[1], wide = expand.Length / channels;
        for (int i = 0; i < channels; i++) expand[i] *= 1000;
        weights[$"{block}.pwconv1.bias"].Values[0] = 1000;
        for (int o = 0; o < channels; o++) project[o * wide] *= 1e-3f;
    }

    private static WeightSet NotFinite()
    {
        WeightSet weights = EngineInputs.Weights(_config);
        weights["stages.2.0.pwconv1.weight"].Values[5] = float.NaN;
        return weights;
    }

    private static QuantizationReport Check(WeightSet weights, QuantizationOptions options)
    {
        float[] images = EngineInputs.Pixels(Count, Side, Side);
        int half = images.Length / 2;
        return Create(weights, options).Run([images.AsMemory(0, half), images.AsMemory(half)]);
    }

    private static QuantizationCheck Create(WeightSet weights, QuantizationOptions options) => new(_config, weights, 2, Side, Side, temperature: 1, options);
}
