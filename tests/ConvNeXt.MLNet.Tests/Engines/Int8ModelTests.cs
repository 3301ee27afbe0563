using ConvNeXt.Backbone.Engines;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests.Engines;

/// <summary>A trained model with 8-bit products.</summary>
[TestClass]
public sealed class Int8ModelTests
{
    private static string[] Files => [.. TinyModel.TestSet.Select(image => image.ImagePath)];

    [TestMethod]
    public void WithEngineInt8_Scores_NearFloat32_AndDoesNotChangeTheModel()
    {
        float[] exact = TinyModel.Score(TinyModel.Transformer);
        using ConvNeXtClassificationTransformer model = TinyModel.Transformer.WithEngine(ConvNeXtEngine.Managed, ComputePrecision.Int8);
        float[] rounded = TinyModel.Score(model);
        CollectionAssert.AreNotEqual(exact, rounded);
        for (int i = 0; i < exact.Length; i++) Assert.AreEqual(exact[i], rounded[i], 0.05, $"score {i}");
        CollectionAssert.AreEqual(exact, TinyModel.Score(TinyModel.Transformer));
        CollectionAssert.AreEqual(rounded, TinyModel.Score(TinyModel.Transformer.WithEngine(ConvNeXtEngine.Auto, ComputePrecision.Int8)));
    }

    [TestMethod]
    public void ASavedModel_KeepsFloat32_AndGivesTheSameInt8ScoresWhenLoaded()
    {
        var context = new MLContext();
        using ConvNeXtClassificationTransformer model = TinyModel.Transformer.WithEngine(ConvNeXtEngine.Managed, ComputePrecision.Int8);
        string path = Path.Combine(TestFolders.CreateTemporary(), "model.zip");
        context.Model.Save(model, TinyModel.WithKeys(context, TinyModel.TestSet).Schema, path);
        ConvNeXtClassificationTransformer loaded = context.Model.Load(path, out _).GetConvNeXtClassifier();
        CollectionAssert.AreEqual(TinyModel.Score(TinyModel.Transformer), TinyModel.Score(loaded));
        CollectionAssert.AreEqual(TinyModel.Score(model), TinyModel.Score(loaded.WithEngine(ConvNeXtEngine.Managed, ComputePrecision.Int8)));
    }

    [TestMethod]
    public void Quantize_ReportsWhatChanges_AndReturnsTheInt8Model()
    {
        using ConvNeXtClassificationTransformer model = TinyModel.Transformer.Quantize(
            Files, out QuantizationReport report, new QuantizationOptions { LowestAgreement = 0.8, LargestMeanChange = 0.1, LowestBlockDecibels = 0 });
        Assert.AreEqual(Files.Length, report.Images);
        Assert.HasCount(4, report.Blocks);
        Assert.IsTrue(report.SingleLayers.IsEmpty);
        Assert.IsTrue(report.MeanChange is > 0 and < 0.1, report.ToString());
        CollectionAssert.AreEqual(TinyModel.Score(TinyModel.Transformer.WithEngine(ConvNeXtEngine.Managed, ComputePrecision.Int8)), TinyModel.Score(model));
    }

    [TestMethod]
    public void Quantize_KeepsBlocksInFloat32_ThatAreBelowTheLimit()
    {
        using ConvNeXtClassificationTransformer model = TinyModel.Transformer.Quantize(
            Files, out QuantizationReport report, new QuantizationOptions { LowestAgreement = 0, LargestMeanChange = 1, LowestBlockDecibels = 1000 });
        Assert.HasCount(4, report.SingleLayers);
        CollectionAssert.AreNotEqual(TinyModel.Score(TinyModel.Transformer.WithEngine(ConvNeXtEngine.Managed, ComputePrecision.Int8)), TinyModel.Score(model));
    }

    [TestMethod]
    public void Quantize_RefusesAModelThatChangesTooMuch_AndImagesThatCannotBeRead()
    {
        var refused = Assert.ThrowsExactly<QuantizationException>(
            () => TinyModel.Transformer.Quantize(Files, out _, new QuantizationOptions { LowestAgreement = 0, LargestMeanChange = 1e-9 }));
        Assert.AreEqual(Files.Length, refused.Report.Images);
        var unreadable = Assert.ThrowsExactly<InvalidDataException>(() => TinyModel.Transformer.Quantize([Files[0], "missing.jpg"], out _));
        StringAssert.Contains(unreadable.Message, "missing.jpg");
        Assert.ThrowsExactly<ArgumentException>(() => TinyModel.Transformer.Quantize([], out _));
    }

    [TestMethod]
    public void Int8_IsForScoringWithTheManagedEngineOnly()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.Precision = ComputePrecision.Int8;
        var training = Assert.ThrowsExactly<ArgumentException>(() => new MLContext().MulticlassClassification.Trainers.ConvNeXt(options));
        StringAssert.Contains(training.Message, "Int8 is for scoring only");
        var torch = Assert.ThrowsExactly<ArgumentException>(() => TinyModel.Transformer.WithEngine(ConvNeXtEngine.TorchSharp, ComputePrecision.Int8));
        StringAssert.Contains(torch.Message, "ConvNeXtEngine.Managed");
        Assert.ThrowsExactly<ArgumentException>(() => TinyModel.Transformer.WithEngine(ConvNeXtEngine.Auto, ComputePrecision.Int8, deviceIds: [0]));
    }
}
