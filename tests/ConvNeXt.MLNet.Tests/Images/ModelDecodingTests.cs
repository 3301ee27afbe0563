using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.Images;

/// <summary>Options of decoding from the trainer to the model file, and models from before there were any.</summary>
[TestClass]
public sealed class ModelDecodingTests
{
    private static readonly ImageDecodingOptions _other = new() { ApplyOrientation = false, Background = new RgbColor(1, 2, 3) };

    private readonly string _folder = TestFolders.CreateTemporary();
    private readonly MLContext _context = new(seed: 1);

    private static string UprightPath => TestFolders.Data("images", "orientation-6.expected.png");

    private static string LyingPath => TestFolders.Data("images", "s444.expected.png");

    [TestMethod]
    public void ByDefault_ImagesAreScoredUpright()
    {
        string tagged = WriteTagged();
        Assert.AreEqual(ImageDecodingOptions.Default, TinyModel.Transformer.Decoding);
        CollectionAssert.AreEqual(Score(TinyModel.Transformer, UprightPath), Score(TinyModel.Transformer, tagged));
        CollectionAssert.AreNotEqual(Score(TinyModel.Transformer, LyingPath), Score(TinyModel.Transformer, tagged));
    }

    [TestMethod]
    public void ModelsFromBeforeThereWereOptions_ScoreAsBefore()
    {
        ITransformer model = _context.Model.Load(TestFolders.Data("mlnet", "classifier_before_temperature.zip"), out _);
        CollectionAssert.AreEqual(Score(model, LyingPath), Score(model, WriteTagged()), "no orientation");

        string path = TestFolders.Data("images", "rgba.png");
        using MLImage multiplied = MLImage.CreateFromFile(path);
        IDataView scored = model.Transform(_context.Data.LoadFromEnumerable([new Pixels { ImagePath = multiplied }]));
        CollectionAssert.AreEqual(scored.GetColumn<float[]>("Score").Single(), Score(model, path), "colors multiplied by their transparency");
        CollectionAssert.AreEqual(Score(model, path), Score(SaveAndLoad(model), path));
    }

    [TestMethod]
    public void Options_AreStoredInTheModel()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.Decoding = _other;
        ConvNeXtClassificationTransformer model = TinyModel.Fit(_context, options);
        Assert.AreEqual(_other, model.Decoding);
        var loaded = (ConvNeXtClassificationTransformer)SaveAndLoad(model);
        Assert.AreEqual(_other, loaded.Decoding);
        CollectionAssert.AreEqual(Score(loaded, LyingPath), Score(loaded, WriteTagged()));

        ConvNeXtTrainer.Options further = TinyModel.CreateOptions(epochs: 1);
        (further.InitialModel, further.Config) = (loaded, null);
        Assert.AreEqual(_other, further.DecodingToUse, "a model that is trained further decodes as before");
    }

    [TestMethod]
    public void AFeaturizer_DecodesAsItsModel_OrAsItsOptionsSay()
    {
        var options = new ConvNeXtFeaturizingEstimator.Options { InputColumnName = "ImagePath", Model = TinyModel.Transformer };
        IDataView images = Load(WriteTagged(), UprightPath, LyingPath);
        ConvNeXtFeaturizingTransformer asModel = _context.Transforms.ConvNeXtFeaturizer(options).Fit(images);
        float[][] features = [.. asModel.Transform(images).GetColumn<float[]>("Features")];
        CollectionAssert.AreEqual(features[1], features[0]);

        options.Decoding = ImageDecodingOptions.AsPyTorch;
        ITransformer loaded = SaveAndLoad(_context.Transforms.ConvNeXtFeaturizer(options).Fit(images));
        features = [.. loaded.Transform(images).GetColumn<float[]>("Features")];
        CollectionAssert.AreEqual(features[2], features[0]);
    }

    [TestMethod]
    public void PixelsForOnnx_AreThoseOfTheModel()
    {
        IDataView images = Load(WriteTagged(), UprightPath, LyingPath);
        ImagePreprocessing preprocessing = TinyModel.Transformer.Preprocessing;
        foreach ((ImageDecodingOptions? decoding, int same) in new[] { (null, 1), (ImageDecodingOptions.AsPyTorch, 2), (ImageDecodingOptions.Earliest, 2) })
        {
            ITransformer pixels = _context.Transforms.ConvNeXtPixels("images", "ImagePath", preprocessing, decoding: decoding).Fit(images);
            foreach (ITransformer transformer in new[] { pixels, SaveAndLoad(pixels) })
            {
                float[][] values = [.. transformer.Transform(images).GetColumn<float[]>("images")];
                CollectionAssert.AreEqual(values[same], values[0]);
            }
        }
    }

    [TestMethod]
    public void FilesOutsideOfTheRootFolder_AreNotRead()
    {
        string inside = Path.Combine(_folder, "inside");
        Directory.CreateDirectory(inside);
        File.Copy(LyingPath, Path.Combine(inside, "1.png"));
        File.Copy(LyingPath, Path.Combine(_folder, "2.png"));
        ConvNeXtClassificationTransformer model = TinyModel.Transformer.WithImageRootFolder(inside);
        CollectionAssert.AreEqual(Score(TinyModel.Transformer, LyingPath), Score(model, "1.png"));
        foreach (string path in new[] { "../2.png", Path.Combine(_folder, "2.png") }) Assert.IsTrue(float.IsNaN(Score(model, path)[0]), path);
        CollectionAssert.AreEqual(Score(model, "1.png"), Score(model.WithImageRootFolder(null), Path.Combine(_folder, "2.png")));
    }

    private float[] Score(ITransformer model, string path) => model.Transform(Load(path)).GetColumn<float[]>("Score").Single();

    private IDataView Load(params string[] paths) => _context.Data.LoadFromEnumerable(paths.Select(path => new LabeledImage { ImagePath = path }));

    /// <summary>A picture that is to be turned by 90 degrees.</summary>
    private string WriteTagged()
    {
        string path = Path.Combine(_folder, "tagged.png");
        File.WriteAllBytes(path, ExifTag.InPng(File.ReadAllBytes(LyingPath), ExifTag.Orientation(6)));
        return path;
    }

    private ITransformer SaveAndLoad(ITransformer model)
    {
        string path = Path.Combine(_folder, "model.zip");
        _context.Model.Save(model, null, path);
        return _context.Model.Load(path, out _);
    }

    private sealed class Pixels
    {
        [Microsoft.ML.Transforms.Image.ImageType(29, 37)]
        public MLImage? ImagePath { get; set; }
    }
}
