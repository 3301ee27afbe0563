using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests.ModelFiles;

/// <summary>Models that earlier versions saved load, and score as they did.</summary>
[TestClass]
public sealed class FrozenModelTests
{
    /// <summary>Environment variable; if set to a version, models of that name are written, or the scores of other SIMD registers are added to them.</summary>
    private const string FreezeVariable = "CONVNEXT_FREEZE_MODELS";

    private static IEnumerable<object[]> Versions => FrozenModels.Versions.Select(version => new object[] { version });

    [TestMethod]
    public void Freeze_WhereItIsAskedFor()
    {
        if (Environment.GetEnvironmentVariable(FreezeVariable) is not { Length: > 0 } version)
        {
            Assert.Inconclusive($"Skipped: {FreezeVariable} is not set.");
            return;
        }

        if (!File.Exists(FrozenModels.Find(version, FrozenModels.Classifier))) FrozenModels.Write(version);
        FrozenModels.AddScores(version, FrozenModels.Classifier, "Score");
        FrozenModels.AddScores(version, FrozenModels.Featurizer, "Features");
    }

    [TestMethod]
    [DynamicData(nameof(Versions))]
    public void AnEarlierClassifier_LoadsAndScoresTheSame(string version)
    {
        var model = (ConvNeXtClassificationTransformer)Load(version, FrozenModels.Classifier);
        CollectionAssert.AreEqual(TestImages.Labels, model.LabelNames.ToArray());
        Assert.AreNotEqual(1, model.Temperature);
        AssertScores(version, FrozenModels.Classifier, FrozenModels.Score(model, "Score"));
    }

    [TestMethod]
    [DynamicData(nameof(Versions))]
    public void AnEarlierFeaturizer_LoadsAndComputesTheSame(string version)
    {
        var model = (ConvNeXtFeaturizingTransformer)Load(version, FrozenModels.Featurizer);
        Assert.AreEqual(FeatureLevel.Stage3, model.Output);
        AssertScores(version, FrozenModels.Featurizer, FrozenModels.Score(model, "Features"));
    }

    private static ITransformer Load(string version, string file) => new MLContext().Model.Load(FrozenModels.Find(version, file), out _);

    // The same bits with registers that were recorded; otherwise sums may be taken in another order.
    private static void AssertScores(string version, string file, float[] actual)
    {
        Dictionary<string, float[]> recorded = FrozenModels.ReadScores(version, file);
        if (recorded.TryGetValue(SimdSupport.Description, out float[]? expected))
        {
            CollectionAssert.AreEqual(expected, actual);
            return;
        }

        expected = recorded.Values.First();
        Assert.AreEqual(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], 1e-5f * Math.Max(1, Math.Abs(expected[i])));
    }
}
