using ConvNeXt.Backbone.Weights;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace ConvNeXt.Tests.Training;

/// <summary>Labels as text: the model maps them, where they are there, and predicts without them.</summary>
[TestClass]
public sealed class TextLabelTests
{
    private static readonly Lazy<ITransformer> LazyModel = new(() =>
    {
        var context = new MLContext(seed: 1);
        IDataView data = context.Data.LoadFromEnumerable(TinyModel.TrainingImages);
        ITransformer model = context.MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 12))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        using var stream = new MemoryStream();
        context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        return context.Model.Load(stream, out _);
    });

    private readonly MLContext _context = new(seed: 1);

    /// <summary>A model as the README trains it, saved and loaded.</summary>
    private static ITransformer Loaded => LazyModel.Value;

    [TestMethod]
    public void LoadedPipeline_PredictsWithAnInputClassWithoutLabel()
    {
        using var engine = _context.Model.CreatePredictionEngine<PathOnly, NamedPrediction>(Loaded);
        int right = TinyModel.TestSet.Count(image => engine.Predict(new PathOnly { ImagePath = image.ImagePath }).PredictedLabel == image.Label);
        Assert.IsTrue(right >= 0.9 * TinyModel.TestSet.Count, $"{right} of {TinyModel.TestSet.Count}");
    }

    [TestMethod]
    public void PredictionsWithAndWithoutALabelColumn_AreTheSame()
    {
        using var with = _context.Model.CreatePredictionEngine<LabeledImage, NamedPrediction>(Loaded);
        using var without = _context.Model.CreatePredictionEngine<PathOnly, NamedPrediction>(Loaded);
        foreach (LabeledImage image in TinyModel.TestSet.Take(3))
        {
            float[] expected = without.Predict(new PathOnly { ImagePath = image.ImagePath }).Score;
            CollectionAssert.AreEqual(expected, with.Predict(image).Score);
            CollectionAssert.AreEqual(expected, with.Predict(new LabeledImage { ImagePath = image.ImagePath, Label = "unknown" }).Score);
        }
    }

    [TestMethod]
    public void Evaluate_FindsTheLabelAsAKey_WithTheClassesOfTheModel()
    {
        IDataView scored = Loaded.Transform(_context.Data.LoadFromEnumerable(TinyModel.TestSet.Reverse()));
        Assert.IsInstanceOfType<KeyDataViewType>(scored.Schema["Label"].Type);
        MulticlassClassificationMetrics metrics = _context.MulticlassClassification.Evaluate(scored);
        Assert.IsTrue(metrics.MicroAccuracy >= 0.9, $"accuracy {metrics.MicroAccuracy}");
        StringAssert.Contains(metrics.ConfusionMatrix.GetFormattedConfusionTable(), "disc");
    }

    [TestMethod]
    public void TextLabels_TrainTheSameModel_AsKeysOfThem()
    {
        ConvNeXtClassificationTransformer keys = TinyModel.Fit(new MLContext(seed: 1), TinyModel.CreateOptions(epochs: 1));
        ConvNeXtClassificationTransformer texts = new MLContext(seed: 1).MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 1))
            .Fit(_context.Data.LoadFromEnumerable(TinyModel.TrainingImages));
        CollectionAssert.AreEqual(keys.LabelNames.ToArray(), texts.LabelNames.ToArray());
        foreach (WeightTensor tensor in keys.Weights.Tensors) CollectionAssert.AreEqual(tensor.Values, texts.Weights[tensor.Name].Values, tensor.Name);
    }

    [TestMethod]
    public void SchemaShape_PromisesTheKey()
    {
        ConvNeXtTrainer trainer = _context.MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 1));
        IDataView data = _context.Data.LoadFromEnumerable(TinyModel.TrainingImages);
        DataViewSchema schema = trainer.Fit(data).GetOutputSchema(data.Schema);
        SchemaShape shape = trainer.GetOutputSchema(SchemaShape.Create(data.Schema));
        foreach (string name in new[] { "Label", "PredictedLabel", "Score" })
        {
            SchemaShape.Column promised = shape.Single(column => column.Name == name);
            Assert.AreEqual(schema[name].Type is KeyDataViewType, promised.IsKey, name);
            CollectionAssert.AreEquivalent(schema[name].Annotations.Schema.Select(a => a.Name).ToArray(), promised.Annotations.Select(a => a.Name).ToArray(), name);
        }
    }

    [TestMethod]
    public void RowsWithoutLabel_AreLeftOut_AndOneClassIsTooFew()
    {
        ConvNeXtTrainer trainer = _context.MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 1));
        IEnumerable<LabeledImage> without = TinyModel.TestSet.Select(image => new LabeledImage { ImagePath = image.ImagePath });
        ConvNeXtClassificationTransformer model = trainer.Fit(_context.Data.LoadFromEnumerable(TinyModel.TrainingImages.Concat(without)));
        Assert.AreEqual(72, model.TrainingInfo!.TrainingImages + model.TrainingInfo.ValidationImages);
        Assert.AreEqual(3, model.LabelNames.Count);

        IDataView one = _context.Data.LoadFromEnumerable(TinyModel.TrainingImages.Where(image => image.Label == "disc"));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(one)).Message, "have the label 'disc' in column 'Label'");
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(_context.Data.LoadFromEnumerable(without))).Message, "no rows with a label");
    }

    [TestMethod]
    public void ClassifierOfALoadedChain_IsFound()
    {
        CollectionAssert.AreEquivalent(TestImages.Labels, Loaded.GetConvNeXtClassifier().LabelNames.ToArray());
        Assert.IsNull(Loaded.GetConvNeXtClassifier().TrainingInfo, "a file does not have it");
        Assert.AreSame(TinyModel.Transformer, TinyModel.Transformer.GetConvNeXtClassifier());
        ITransformer other = _context.Transforms.CopyColumns("Copy", "Label").Fit(_context.Data.LoadFromEnumerable(TinyModel.TestSet));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => other.GetConvNeXtClassifier()).Message, "0 ConvNeXt classifiers");
    }

    [TestMethod]
    public void Trainer_IsAnMLNetTrainer()
    {
        var trainer = (ITrainerEstimator<ISingleFeaturePredictionTransformer<object>, object>)_context.MulticlassClassification.Trainers.ConvNeXt();
        Assert.IsFalse(trainer.Info.NeedNormalization || trainer.Info.WantCaching || trainer.Info.NeedCalibration);
        ISingleFeaturePredictionTransformer<WeightSet> model = TinyModel.Transformer;
        Assert.AreEqual("ImagePath", model.FeatureColumnName);
        Assert.AreSame(TinyModel.Transformer.Weights, model.Model);
    }

    private sealed class PathOnly
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class NamedPrediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
