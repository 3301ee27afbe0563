using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.MLNet;
using ConvNeXt.Tests.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.Training;

/// <summary>An input that is no square, in everything that a model does.</summary>
[TestClass]
public sealed class RectangularInputTests
{
    private static readonly string _folder = TestFolders.CreateTemporary();
    private static readonly Lazy<IReadOnlyList<LabeledImage>> _pictures = new(() => WidePictures.Write(Path.Combine(_folder, "pictures"), pairs: 12, seed: 1));
    private static readonly Lazy<ConvNeXtClassificationTransformer> _model = new(() => Fit(new MLContext(seed: 1), CreateOptions()));

    private readonly MLContext _context = new(seed: 1);

    [ClassCleanup]
    public static void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void SavedModel_ScoresTheSame_AndEarlierCodeRefusesItByItsVersion()
    {
        string path = Save(_model.Value, "classifier.zip");
        Assert.AreEqual(ModelVersions.Classifier, ModelVersions.Read(path, "CNXTCLAS"));
        ITransformer loaded = _context.Model.Load(path, out _);
        Assert.AreEqual(ImagePreprocessing.ForSize(32, 96), ((ConvNeXtClassificationTransformer)loaded).Preprocessing);
        CollectionAssert.AreEqual(Score(_model.Value), Score(loaded));
    }

    [TestMethod]
    public void DescriptionOfASquareModel_IsAsBefore()
    {
        string path = Save(TinyModel.Transformer, "square.zip");
        using var zip = System.IO.Compression.ZipFile.OpenRead(path);
        using var reader = new StreamReader(zip.Entries.Single(entry => entry.FullName.EndsWith("Model.key", StringComparison.Ordinal)
            && entry.FullName.Contains("TransformerChain", StringComparison.Ordinal)).Open(), System.Text.Encoding.Latin1);
        string description = reader.ReadToEnd();
        StringAssert.Contains(description, "\"Preprocessing\":{\"Size\":32,\"ResizeMode\":\"ShorterSideThenCenterCrop\"");
        Assert.IsFalse(description.Contains("\"Width\"", StringComparison.Ordinal) || description.Contains("\"Height\"", StringComparison.Ordinal));
    }

    [TestMethod]
    public void Featurizer_HasTheModelsShape_AndItsOwnVersion()
    {
        IDataView view = TinyModel.WithKeys(_context, _pictures.Value);
        var options = new ConvNeXtFeaturizingEstimator.Options { InputColumnName = "ImagePath", Model = _model.Value, Output = FeatureLevel.Stage2 };
        ITransformer featurizer = _context.Transforms.ConvNeXtFeaturizer(options).Fit(view);
        IDataView features = featurizer.Transform(view);
        CollectionAssert.AreEqual(new[] { 16, 4, 12 }, ((VectorDataViewType)features.Schema["Features"].Type).Dimensions.ToArray());
        Assert.AreEqual(ModelVersions.Featurizer, ModelVersions.Read(Save(featurizer, "featurizer.zip"), "CNXTFEAT"));
        ITransformer loaded = _context.Model.Load(Path.Combine(_folder, "featurizer.zip"), out _);
        float[] expected = features.GetColumn<float[]>("Features").First(), actual = loaded.Transform(view).GetColumn<float[]>("Features").First();
        CollectionAssert.AreEqual(expected, actual);
    }

    [TestMethod]
    public void FeaturizerOfWeights_TakesAWidth()
    {
        string weights = Path.Combine(_folder, "weights.safetensors");
        SafetensorsWriter.Write(weights, _model.Value.Weights);
        IDataView view = TinyModel.WithKeys(_context, _pictures.Value);
        var options = new ConvNeXtFeaturizingEstimator.Options
        {
            InputColumnName = "ImagePath",
            Weights = weights,
            Config = TinyModel.Config,
            ImageSize = 32,
            ImageWidth = 96,
        };
        float[][] expected = Features(new() { InputColumnName = "ImagePath", Model = Fit(_context, CreateOptions()) });
        Assert.AreEqual(ImagePreprocessing.ForSize(32, 96), _context.Transforms.ConvNeXtFeaturizer(options).Fit(view).Preprocessing);
        CollectionAssert.AreEqual(expected[0], Features(options)[0]);

        options.ImageWidth = 31;
        string message = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.ConvNeXtFeaturizer(options).Fit(view)).Message;
        StringAssert.Contains(message, "Width is 31; it must be from 32 to 4096");

        float[][] Features(ConvNeXtFeaturizingEstimator.Options from) =>
            [.. _context.Transforms.ConvNeXtFeaturizer(from).Fit(view).Transform(view).GetColumn<float[]>("Features")];
    }

    [TestMethod]
    public void ExportedModel_GivesTheModelsProbabilities()
    {
        IDataView view = _context.Data.LoadFromEnumerable(_pictures.Value);
        using var exported = new ExportedModel(_model.Value);
        IDataView scored = exported.CreatePipeline(_context, _model.Value).Fit(view).Transform(view);
        CollectionAssert.AreEqual(new[] { 3, 32, 96 }, ((VectorDataViewType)scored.Schema["images"].Type).Dimensions.ToArray());
        float[] expected = Score(_model.Value), actual = [.. scored.GetColumn<float[]>("probabilities").SelectMany(row => row)];
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], 1e-4f);
    }

    [TestMethod]
    public void SavedPixels_AreTheSame_AndHaveTheirVersion()
    {
        IDataView view = _context.Data.LoadFromEnumerable(_pictures.Value);
        ITransformer pixels = _context.Transforms.ConvNeXtPixels("images", "ImagePath", ImagePreprocessing.ForSize(32, 96)).Fit(view);
        string path = Path.Combine(_folder, "pixels.zip");
        _context.Model.Save(pixels, view.Schema, path);
        Assert.AreEqual((0x00010003u, 0x00010003u), ModelVersions.Read(path, "CNXTPIXL"));
        float[] actual = _context.Model.Load(path, out _).Transform(view).GetColumn<float[]>("images").First();
        CollectionAssert.AreEqual(pixels.Transform(view).GetColumn<float[]>("images").First(), actual);
    }

    [TestMethod]
    public void CanceledTraining_IsResumed_ButNotWithAnotherShape()
    {
        var checkpoints = new CheckpointOptions { Folder = Path.Combine(_folder, "checkpoints") };
        using var source = new CancellationTokenSource();
        ConvNeXtTrainer.Options options = CreateOptions();
        options.Checkpoints = checkpoints;
        options.CancellationToken = source.Token;
        options.ProgressCallback = _ => source.Cancel();
        Fit(new MLContext(seed: 1), options);

        options = CreateOptions();
        options.Checkpoints = checkpoints with { Resume = true };
        options.ImageWidth = 64;
        string message = Assert.ThrowsExactly<CheckpointMismatchException>(() => Fit(new MLContext(seed: 1), options)).Message;
        StringAssert.Contains(message, "Preprocessing.Width is 64, was 96");

        options.ImageWidth = null;
        WeightSet resumed = Fit(new MLContext(seed: 1), options).Weights;
        foreach (WeightTensor tensor in _model.Value.Weights.Tensors) CollectionAssert.AreEqual(tensor.Values, resumed[tensor.Name].Values, tensor.Name);
    }

    [TestMethod]
    public void Recipe_WithAllAugmentation_TrainsARectangle()
    {
        ConvNeXtTrainer.Options options = CreateOptions();
        options.Recipe = Recipe.ImageNet1K(ConvNeXtVariant.Tiny).With(training => training with
        {
            Epochs = 1,
            WarmupEpochs = 0,
            BatchSize = 8,
            AccumulateBatches = 1,
        });
        (options.ImageSize, options.ImageWidth) = (32, 96);
        Assert.AreEqual(96, Fit(_context, options).Preprocessing.Width);
    }

    [TestMethod]
    public void AnyOrientation_NeedsASquare()
    {
        ConvNeXtTrainer.Options options = CreateOptions();
        options.Recipe = options.Recipe!.With(training => training with { AnyOrientation = true });
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.MulticlassClassification.Trainers.ConvNeXt(options)).Message, "32 x 96");
    }

    private static ConvNeXtTrainer.Options CreateOptions()
    {
        ConvNeXtTrainer.Options options = WidePictures.CreateOptions(ImagePreprocessing.ForSize(32, 96), epochs: 1);
        options.Recipe = options.Recipe!.With(training => training with { BatchSize = 8 });
        return options;
    }

    private static ConvNeXtClassificationTransformer Fit(MLContext context, ConvNeXtTrainer.Options options) => TinyModel.Fit(context, options, _pictures.Value);

    private string Save(ITransformer model, string name)
    {
        string path = Path.Combine(_folder, name);
        _context.Model.Save(model, TinyModel.WithKeys(_context, _pictures.Value).Schema, path);
        return path;
    }

    private float[] Score(ITransformer model) =>
        [.. model.Transform(TinyModel.WithKeys(_context, _pictures.Value)).GetColumn<float[]>("Score").SelectMany(row => row)];
}
