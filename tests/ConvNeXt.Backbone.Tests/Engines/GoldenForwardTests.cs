using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Lanes;

namespace ConvNeXt.Tests.Engines;

[TestClass]
public sealed class GoldenForwardTests
{
    [TestMethod]
    [DynamicData(nameof(GoldenNetwork.Names), typeof(GoldenNetwork))]
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
        GoldenScoring.AssertFeatureMaps(engine, name);
    }

    private static void Compare(string name, SimdWidth simd)
    {
        using var engine = new ManagedScoringEngine(GoldenNetwork.Config(name), GoldenNetwork.Weights(name), null, simd);
        GoldenScoring.AssertLogitsAndFeatures(engine, name, $"{simd}");
    }
}
