using System.Text.Json;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights.Onnx;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace ConvNeXt.Tests.Onnx;

/// <summary>A trained model, exported, and scored by ONNX Runtime and by ML.NET's ApplyOnnxModel: both agree with the model.</summary>
[TestClass]
public sealed class OnnxScoringTests
{
    private const float Tolerance = 1e-4f;

    private static ConvNeXtClassificationTransformer Classifier => TinyModel.Transformer;

    [TestMethod]
    public void OnnxRuntime_GivesTheModelsProbabilities()
    {
        using var model = new ExportedModel(Classifier);
        AssertOnnxRuntimeAgrees(model, Classifier, TinyModel.TestSet);
    }

    [TestMethod]
    public void ApplyOnnxModel_GivesTheModelsProbabilities()
    {
        using var model = new ExportedModel(Classifier);
        AssertApplyOnnxModelAgrees(model, Classifier, TinyModel.TestSet);
    }

    [TestMethod]
    public void BothAgree_OnPicturesOfAllFormsAndKinds()
    {
        LabeledImage[] pictures =
        [
            .. Directory.EnumerateFiles(TestFolders.Data("images"), "*.jpg").Append(TestFolders.Data("images", "picture.gif"))
                .Select(path => new LabeledImage { ImagePath = path }),
        ];
        using var model = new ExportedModel(Classifier);
        AssertOnnxRuntimeAgrees(model, Classifier, pictures);
        AssertApplyOnnxModelAgrees(model, Classifier, pictures);
    }

    [TestMethod]
    public void BothAgree_OnPhotographs()
    {
        LabeledImage[] photographs = [.. ImageFolder.Enumerate(TestFolders.Shared("data", "flowers")).Chunk(20).Select(chunk => chunk[0])];
        Assert.IsTrue(photographs.Length > 5);
        using var model = new ExportedModel(Classifier);
        AssertOnnxRuntimeAgrees(model, Classifier, photographs);
        AssertApplyOnnxModelAgrees(model, Classifier, photographs);
    }

    [TestMethod]
    public void ApplyOnnxModel_AsAPredictionEngine_GivesTheModelsProbabilities()
    {
        using var model = new ExportedModel(Classifier);
        var context = new MLContext();
        ITransformer pipeline = model.CreatePipeline(context, Classifier).Fit(context.Data.LoadFromEnumerable(TinyModel.TestSet));
        using var engine = context.Model.CreatePredictionEngine<LabeledImage, OnnxScores>(pipeline);
        foreach ((LabeledImage image, float[] expected) in TinyModel.TestSet.Zip(Scores(Classifier, TinyModel.TestSet)))
            AssertSame(expected, engine.Predict(image).Probabilities, image.ImagePath);
    }

    [TestMethod]
    public void ApplyOnnxModel_TakesEncodedImagesAndMLImages()
    {
        using var model = new ExportedModel(Classifier);
        var context = new MLContext();
        InMemoryImage[] images = [.. TinyModel.TestSet.Take(6).Select(image => new InMemoryImage(image.ImagePath))];
        IDataView view = context.Data.LoadFromEnumerable(images);
        float[][] expected = Scores(Classifier, [.. TinyModel.TestSet.Take(6)]);
        foreach (string column in new[] { nameof(InMemoryImage.Encoded), nameof(InMemoryImage.Decoded) })
        {
            IDataView scored = model.CreatePipeline(context, Classifier, column).Fit(view).Transform(view);
            float[][] actual = [.. scored.GetColumn<float[]>("probabilities")];
            for (int i = 0; i < images.Length; i++) AssertSame(expected[i], actual[i], column);
        }
    }

    [TestMethod]
    public void Pipeline_IsSavedAndLoaded_WithoutTheNetworkOfTheModel()
    {
        using var model = new ExportedModel(Classifier);
        var context = new MLContext();
        IDataView view = context.Data.LoadFromEnumerable(TinyModel.TestSet);
        ITransformer pipeline = model.CreatePipeline(context, Classifier).Fit(view);
        using var file = new MemoryStream();
        context.Model.Save(pipeline, view.Schema, file);
        file.Position = 0;
        ITransformer loaded = new MLContext().Model.Load(file, out _);
        float[][] expected = [.. pipeline.Transform(view).GetColumn<float[]>("probabilities")];
        float[][] actual = [.. loaded.Transform(view).GetColumn<float[]>("probabilities")];
        for (int i = 0; i < expected.Length; i++) CollectionAssert.AreEqual(expected[i], actual[i]);
        Assert.IsTrue(file.Length < 1.1 * new FileInfo(model.Path).Length, "the weights are there once");
    }

    [TestMethod]
    public void CalibratedModel_HasItsTemperatureInTheFile()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 3);
        options.ValidationSetFraction = 0.4f;
        options.Recipe = options.Recipe!.With(training => training with { CalibrateTemperature = true });
        ConvNeXtClassificationTransformer calibrated = TinyModel.Fit(new MLContext(seed: 1), options);
        Assert.AreNotEqual(1, calibrated.Temperature);
        using var model = new ExportedModel(calibrated);
        AssertOnnxRuntimeAgrees(model, calibrated, TinyModel.TestSet);
        AssertApplyOnnxModelAgrees(model, calibrated, TinyModel.TestSet);
    }

    [TestMethod]
    public void UnreadablePicture_GetsNaN_AsFromTheModel()
    {
        LabeledImage[] images = [TinyModel.TestSet[0], new LabeledImage { ImagePath = "no such file.jpg" }, TinyModel.TestSet[1]];
        using var model = new ExportedModel(Classifier);
        float[][] probabilities = ApplyOnnxModel(model, Classifier, images), expected = Scores(Classifier, images);
        Assert.IsTrue(probabilities[1].All(float.IsNaN));
        foreach (int row in new[] { 0, 2 }) AssertSame(expected[row], probabilities[row], images[row].ImagePath);
    }

    [TestMethod]
    public void Metadata_HaveTheModelsLabelsAndPreprocessing()
    {
        using var model = new ExportedModel(Classifier);
        using var session = new InferenceSession(model.Path);
        Dictionary<string, string> metadata = session.ModelMetadata.CustomMetadataMap;
        CollectionAssert.AreEqual(TestImages.Labels, JsonSerializer.Deserialize<string[]>(metadata["labels"]));
        Assert.AreEqual("32", metadata["image_size"]);
        Assert.AreEqual("Bicubic", metadata["interpolation"]);
        Assert.AreEqual("exif", metadata["orientation"]);
        Assert.AreEqual("dropped", metadata["transparency"]);
    }

    [TestMethod]
    public void DynamicImageSize_IsRefusedByApplyOnnxModel_WhichIsWhyItIsNotTheDefault()
    {
        using var model = new ExportedModel(Classifier, new OnnxExportOptions { DynamicImageSize = true });
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ApplyOnnxModel(model, Classifier, [TinyModel.TestSet[0]])).Message, "unknown dimension");
    }

    private static void AssertOnnxRuntimeAgrees(ExportedModel model, ConvNeXtClassificationTransformer classifier, IReadOnlyList<LabeledImage> images)
    {
        var context = new MLContext();
        IDataView view = context.Data.LoadFromEnumerable(images);
        IDataView pixels = context.Transforms.ConvNeXtPixels("images", "ImagePath", classifier.Preprocessing).Fit(view).Transform(view);
        float[] all = [.. pixels.GetColumn<float[]>("images").SelectMany(image => image)];
        (float[] logits, float[] probabilities) = model.Run(all, images.Count, classifier.Preprocessing.Height, classifier.Preprocessing.Width);
        float[][] expected = Scores(classifier, images);
        int classes = classifier.LabelNames.Count;
        for (int i = 0; i < images.Count; i++)
        {
            AssertSame(expected[i], probabilities[(i * classes)..((i + 1) * classes)], images[i].ImagePath);
            double sum = logits.Skip(i * classes).Take(classes).Sum(logit => Math.Exp(logit));
            for (int k = 0; k < classes; k++) Assert.AreEqual(expected[i][k], Math.Exp(logits[i * classes + k]) / sum, Tolerance, "softmax of the logits");
        }
    }

    private static void AssertApplyOnnxModelAgrees(ExportedModel model, ConvNeXtClassificationTransformer classifier, IReadOnlyList<LabeledImage> images)
    {
        float[][] probabilities = ApplyOnnxModel(model, classifier, images), expected = Scores(classifier, images);
        Assert.AreEqual(expected.Length, probabilities.Length);
        for (int i = 0; i < expected.Length; i++) AssertSame(expected[i], probabilities[i], images[i].ImagePath);
    }

    private static float[][] ApplyOnnxModel(ExportedModel model, ConvNeXtClassificationTransformer classifier, IReadOnlyList<LabeledImage> images)
    {
        var context = new MLContext();
        IDataView view = context.Data.LoadFromEnumerable(images);
        return [.. model.CreatePipeline(context, classifier).Fit(view).Transform(view).GetColumn<float[]>("probabilities")];
    }

    private static float[][] Scores(ConvNeXtClassificationTransformer classifier, IReadOnlyList<LabeledImage> images) =>
        [.. classifier.Transform(new MLContext().Data.LoadFromEnumerable(images)).GetColumn<float[]>("Score")];

    private static void AssertSame(float[] expected, float[] actual, string what)
    {
        Assert.AreEqual(expected.Length, actual.Length, what);
        Assert.AreEqual(Array.IndexOf(expected, expected.Max()), Array.IndexOf(actual, actual.Max()), $"{what}: another class");
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], Tolerance, what);
    }

    private sealed class OnnxScores
    {
        [ColumnName("probabilities")]
        public float[] Probabilities { get; set; } = [];
    }

    /// <summary>An image that is no file.</summary>
    private sealed class InMemoryImage(string path)
    {
        public byte[] Encoded { get; } = File.ReadAllBytes(path);

        [Microsoft.ML.Transforms.Image.ImageType(TestImages.Size, TestImages.Size)]
        public MLImage Decoded { get; } = MLImage.CreateFromFile(path);
    }
}
