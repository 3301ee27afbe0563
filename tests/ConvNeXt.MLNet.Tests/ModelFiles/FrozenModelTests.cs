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

    /// <summary>A version whose norms added up in an order that depended on the width of the registers; its scores may differ in the last bit.</summary>
    private const string OtherOrder = "0.1.0-preview";

    private static IEnumerable<object[]> Versions => FrozenModels.Versions.Select(version => new object[] { version });

    [TestMethod]
    public void ModelsOfThisCode_CanBeFrozen_AndScoreTheSameWhenTheyAreLoaded()
    {
        string? version = Environment.GetEnvironmentVariable(FreezeVariable);
        string folder = string.IsNullOrEmpty(version) ? TestFolders.CreateTemporary() : FrozenModels.FolderOf(version);
        if (!File.Exists(Path.Combine(folder, FrozenModels.Classifier))) FrozenModels.Write(folder);
        FrozenModels.AddScores(folder, FrozenModels.Classifier, "Score");
        FrozenModels.AddScores(folder, FrozenModels.Featurizer, "Features");
        AssertScores(folder, FrozenModels.Classifier, FrozenModels.Score(Load(folder, FrozenModels.Classifier), "Score"));
        Assert.AreEqual(12 * 2 * 2 * 9, FrozenModels.ReadScores(folder, FrozenModels.Featurizer).Values.First().Length);
    }

    [TestMethod]
    [DynamicData(nameof(Versions))]
    public void AnEarlierClassifier_LoadsAndScoresTheSame(string version)
    {
        var model = (ConvNeXtClassificationTransformer)Load(FrozenModels.FolderOf(version), FrozenModels.Classifier);
        CollectionAssert.AreEqual(TestImages.Labels, model.LabelNames.ToArray());
        Assert.AreNotEqual(1, model.Temperature);
        AssertScores(FrozenModels.FolderOf(version), FrozenModels.Classifier, FrozenModels.Score(model, "Score"));
    }

    [TestMethod]
    [DynamicData(nameof(Versions))]
    public void AnEarlierFeaturizer_LoadsAndComputesTheSame(string version)
    {
        var model = (ConvNeXtFeaturizingTransformer)Load(FrozenModels.FolderOf(version), FrozenModels.Featurizer);
        Assert.AreEqual(FeatureLevel.Stage3, model.Output);
        AssertScores(FrozenModels.FolderOf(version), FrozenModels.Featurizer, FrozenModels.Score(model, "Features"));
    }

    private static ITransformer Load(string folder, string file) => new MLContext().Model.Load(Path.Combine(folder, file), out _);

    // The same bits with registers that were recorded; otherwise sums may be taken in another order.
    private static void AssertScores(string folder, string file, float[] actual)
    {
        Dictionary<string, float[]> recorded = FrozenModels.ReadScores(folder, file);
        if (recorded.TryGetValue(SimdSupport.Description, out float[]? expected) && Path.GetFileName(folder) != OtherOrder)
        {
            CollectionAssert.AreEqual(expected, actual);
            return;
        }

        expected = recorded.Values.First();
        Assert.AreEqual(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], 1e-5f * Math.Max(1, Math.Abs(expected[i])));
    }
}
