using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests.Scoring;

[TestClass]
public sealed class FeaturizerTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void FeaturesOfATrainedModel_GiveItsScores_ThroughItsHead()
    {
        IDataView data = _context.Data.LoadFromEnumerable(TinyModel.TestSet);
        ConvNeXtFeaturizingTransformer featurizer = _context.Transforms.ConvNeXtFeaturizer("Features", "ImagePath", TinyModel.Transformer).Fit(data);
        IDataView features = featurizer.Transform(TinyModel.Transformer.Transform(data));
        Assert.AreEqual("Vector<Single, 32>", features.Schema["Features"].Type.ToString());
        float[] head = TinyModel.Transformer.Weights["head.weight"].Values, bias = TinyModel.Transformer.Weights["head.bias"].Values;

        foreach (FeaturizedImage row in _context.Data.CreateEnumerable<FeaturizedImage>(features, reuseRowObject: false))
        {
            double[] logits = [.. Enumerable.Range(0, 3).Select(c => bias[c] + Enumerable.Range(0, 32).Sum(i => (double)head[c * 32 + i] * row.Features[i]))];
            double sum = logits.Sum(Math.Exp);
            for (int c = 0; c < 3; c++) Assert.AreEqual(Math.Exp(logits[c]) / sum, row.Score[c], 1e-5);
        }
    }

    [TestMethod]
    public void SavedFeaturizer_GivesTheSameFeatures_InViewsAndRows()
    {
        string weights = Path.Combine(TestFolders.CreateTemporary(), "weights.safetensors");
        SafetensorsWriter.Write(weights, WeightInitializer.Create(TinyModel.Config with { ClassCount = 5 }, seed: 3));
        IDataView data = _context.Data.LoadFromEnumerable(TinyModel.TestSet);
        ConvNeXtFeaturizingTransformer model = _context.Transforms.ConvNeXtFeaturizer(
            new ConvNeXtFeaturizingEstimator.Options { OutputColumnName = "Features", Weights = weights, Config = TinyModel.Config, ImageSize = 48 }).Fit(data);
        using var stream = new MemoryStream();
        _context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = new MLContext().Model.Load(stream, out _);

        float[][] expected = Read(model.Transform(data)), actual = Read(loaded.Transform(data));
        using PredictionEngine<LabeledImage, FeaturizedImage> engine = _context.Model.CreatePredictionEngine<LabeledImage, FeaturizedImage>(loaded);

        Assert.AreEqual(32, model.FeatureCount);
        for (int i = 0; i < expected.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i], actual[i]);
            CollectionAssert.AreEqual(expected[i], engine.Predict(TinyModel.TestSet[i]).Features);
        }

        float[][] Read(IDataView view) =>
            [.. _context.Data.CreateEnumerable<FeaturizedImage>(view, reuseRowObject: false, ignoreMissingColumns: true).Select(row => row.Features)];
    }

    [TestMethod]
    public void Featurizer_ChainsWithAnyTransform()
    {
        IDataView data = _context.Data.LoadFromEnumerable(TinyModel.TestSet);
        var pipeline = _context.Transforms.ConvNeXtFeaturizer("Features", "ImagePath", TinyModel.Transformer)
            .Append(_context.Transforms.Concatenate("Both", "Features", "Features"))
            .AppendCacheCheckpoint(_context);
        Assert.AreEqual("Vector<Single, 64>", pipeline.Fit(data).Transform(data).Schema["Both"].Type.ToString());
    }

    [TestMethod]
    public void WeightsOfAnotherNetwork_AreRefused_NamingTheTensor()
    {
        string weights = Path.Combine(TestFolders.CreateTemporary(), "weights.safetensors");
        SafetensorsWriter.Write(weights, WeightInitializer.Create(TinyModel.Config with { Widths = [8, 16, 24, 40] }, seed: 3));
        var options = new ConvNeXtFeaturizingEstimator.Options { Weights = weights, Config = TinyModel.Config };
        IDataView data = _context.Data.LoadFromEnumerable(TinyModel.TestSet);
        var error = Assert.ThrowsExactly<WeightMismatchException>(() => _context.Transforms.ConvNeXtFeaturizer(options).Fit(data));
        StringAssert.Contains(error.Message, "tensor 'downsample_layers.3.1.weight' is [40,24,2,2]");
        StringAssert.Contains(error.Message, "wants [32,24,2,2]");
        StringAssert.Contains(error.Message, weights);
    }

    [TestMethod]
    public void Featurizer_TakesOneTrainedNetwork_AndNotNone()
    {
        var both = new ConvNeXtFeaturizingEstimator.Options { Weights = "w", Model = TinyModel.Transformer };
        Assert.ThrowsExactly<ArgumentException>(() => _context.Transforms.ConvNeXtFeaturizer(both));
        var none = new ConvNeXtFeaturizingEstimator.Options { Weights = ConvNeXtWeights.None };
        Assert.ThrowsExactly<ArgumentException>(() => _context.Transforms.ConvNeXtFeaturizer(none));
    }

    [TestMethod]
    public void WithoutWeights_TheFeaturesAreThoseOfThePackagedNetwork_AndTellClassesApart()
    {
        IDataView data = _context.Data.LoadFromEnumerable(TinyModel.TestSet);
        ConvNeXtFeaturizingTransformer featurizer = _context.Transforms.ConvNeXtFeaturizer("Features", "ImagePath", imageSize: 64).Fit(data);
        Assert.AreEqual("convnext_atto", featurizer.Config.Name);
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Label").Append(_context.MulticlassClassification.Trainers.SdcaMaximumEntropy());
        IDataView train = _context.Data.Cache(featurizer.Transform(_context.Data.LoadFromEnumerable(TinyModel.TrainingImages)));
        double accuracy = _context.MulticlassClassification.Evaluate(pipeline.Fit(train).Transform(featurizer.Transform(data))).MicroAccuracy;
        Assert.IsTrue(accuracy > 0.9, $"accuracy {accuracy}");
    }

    private sealed class FeaturizedImage
    {
        public float[] Features { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
