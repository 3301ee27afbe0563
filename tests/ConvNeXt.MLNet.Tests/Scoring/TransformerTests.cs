using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.Scoring;

[TestClass]
public sealed class TransformerTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Score_HasTheAnnotationsOfOfficialTrainers()
    {
        DataViewSchema schema = TinyModel.Transformer.GetOutputSchema(TinyModel.WithKeys(_context, TinyModel.TestSet).Schema);

        Assert.AreEqual("Vector<Single, 3>", schema["Score"].Type.ToString());
        CollectionAssert.AreEqual(TestImages.Labels, ReadTexts(schema["Score"], "SlotNames"));
        CollectionAssert.AreEqual(TestImages.Labels, ReadTexts(schema["Score"], "TrainingLabelValues"));
        Assert.AreEqual("MulticlassClassification", ReadText(schema["Score"], "ScoreColumnKind"));
        Assert.AreEqual("Score", ReadText(schema["Score"], "ScoreValueKind"));
        Assert.AreEqual(1u, ReadKey(schema["Score"], "ScoreColumnSetId"));

        Assert.AreEqual("Key<UInt32, 0-2>", schema["PredictedLabel"].Type.ToString());
        CollectionAssert.AreEqual(TestImages.Labels, ReadTexts(schema["PredictedLabel"], "KeyValues"));
        Assert.AreEqual("PredictedLabel", ReadText(schema["PredictedLabel"], "ScoreValueKind"));
        Assert.AreEqual(2u, ReadKey(TinyModel.Transformer.GetOutputSchema(schema)["Score"], "ScoreColumnSetId"), "a second scorer's columns are another set");
    }

    [TestMethod]
    public void SchemaShape_PromisesWhatTheSchemaHas()
    {
        IDataView data = TinyModel.WithKeys(_context, TinyModel.TestSet);
        DataViewSchema schema = TinyModel.Transformer.GetOutputSchema(data.Schema);
        SchemaShape output = _context.MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 1)).GetOutputSchema(ShapeOf(data));

        foreach (string name in new[] { "Score", "PredictedLabel" })
        {
            SchemaShape.Column promised = output.Single(column => column.Name == name);
            Assert.AreEqual(schema[name].Type is KeyDataViewType, promised.IsKey);
            Assert.AreEqual(schema[name].Type is VectorDataViewType, promised.Kind == SchemaShape.Column.VectorKind.Vector);
            CollectionAssert.AreEquivalent(schema[name].Annotations.Schema.Select(a => a.Name).ToArray(), promised.Annotations.Select(a => a.Name).ToArray());
        }
    }

    [TestMethod]
    public void Evaluate_KnowsLabelNames_AndTopK()
    {
        IDataView scored = TinyModel.Transformer.Transform(TinyModel.WithKeys(_context, TinyModel.TestSet));
        MulticlassClassificationMetrics metrics = _context.MulticlassClassification.Evaluate(scored, topKPredictionCount: 2);

        Assert.IsTrue(metrics.MicroAccuracy >= 0.9, $"accuracy {metrics.MicroAccuracy}");
        Assert.AreEqual(2, metrics.TopKAccuracyForAllK.Count);
        Assert.AreEqual(metrics.MicroAccuracy, metrics.TopKAccuracyForAllK[0], 1e-12);
        Assert.IsTrue(metrics.TopKAccuracyForAllK[1] >= metrics.MicroAccuracy);
        string table = metrics.ConfusionMatrix.GetFormattedConfusionTable();
        foreach (string label in TestImages.Labels) StringAssert.Contains(table, label);
    }

    [TestMethod]
    public void MapKeyToValue_GivesLabelsBack_OfTheirOwnType()
    {
        NumberedImage[] images =
        [
            .. TinyModel.TrainingImages.Select(
                image => new NumberedImage { ImagePath = image.ImagePath, Number = Array.IndexOf(TestImages.Labels, image.Label) * 10.5f }),
        ];
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 6);
        options.LabelColumnName = "Number";
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Number")
            .Append(_context.MulticlassClassification.Trainers.ConvNeXt(options))
            .Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        IDataView data = _context.Data.LoadFromEnumerable(images);
        ITransformer model = pipeline.Fit(data);

        string path = Path.Combine(TestFolders.CreateTemporary(), "numbers.zip");
        _context.Model.Save(model, data.Schema, path);
        ITransformer loaded = new MLContext().Model.Load(path, out _);
        foreach (ITransformer each in new[] { model, loaded })
        {
            IDataView scored = each.Transform(data);
            Assert.AreEqual(NumberDataViewType.Single, scored.Schema["PredictedLabel"].Type);
            PredictedNumber[] rows = [.. _context.Data.CreateEnumerable<PredictedNumber>(scored, reuseRowObject: false)];
            Assert.IsTrue(rows.Zip(images).Count(pair => pair.First.PredictedLabel == pair.Second.Number) > images.Length / 2);
        }
    }

    [TestMethod]
    public void ColumnNames_AreTheOptions()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        (options.ScoreColumnName, options.PredictedLabelColumnName) = ("Probabilities", "Winner");
        ConvNeXtClassificationTransformer model = TinyModel.Fit(_context, options);
        string[] names = [.. model.GetOutputSchema(TinyModel.WithKeys(_context, TinyModel.TestSet).Schema).Select(column => column.Name)];
        CollectionAssert.AreEqual(new[] { "Probabilities", "Winner" }, names[^2..]);
    }

    // An EstimatorChain calls this internal method before it fits anything.
    private static SchemaShape ShapeOf(IDataView data)
    {
        var create = typeof(SchemaShape).GetMethod("Create", System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!;
        return (SchemaShape)create.Invoke(null, [data.Schema])!;
    }

    private static string[] ReadTexts(DataViewSchema.Column column, string kind)
    {
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.Annotations.GetValue(kind, ref values);
        return [.. values.DenseValues().Select(value => value.ToString())];
    }

    private static string ReadText(DataViewSchema.Column column, string kind)
    {
        ReadOnlyMemory<char> value = default;
        column.Annotations.GetValue(kind, ref value);
        return value.ToString();
    }

    private static uint ReadKey(DataViewSchema.Column column, string kind)
    {
        uint value = 0;
        column.Annotations.GetValue(kind, ref value);
        return value;
    }

    private sealed class NumberedImage
    {
        public string ImagePath { get; set; } = "";

        public float Number { get; set; }
    }

    private sealed class PredictedNumber
    {
        public float PredictedLabel { get; set; }
    }
}
