using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.Training;

/// <summary>Temperature scaling from the option to the model file, and files from before there was one.</summary>
[TestClass]
public sealed class CalibrationTests
{
    private static readonly Lazy<ConvNeXtClassificationTransformer> LazyCalibrated = new(() =>
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 3);
        options.ValidationSetFraction = 0.4f;
        options.Recipe = options.Recipe!.With(training => training with { CalibrateTemperature = true });
        return TinyModel.Fit(new MLContext(seed: 1), options);
    });

    private readonly string _folder = TestFolders.CreateTemporary();

    private static ConvNeXtClassificationTransformer Calibrated => LazyCalibrated.Value;

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void Score_IsTheSoftmaxOfTheLogitsByTheTemperature()
    {
        Assert.AreNotEqual(1, Calibrated.Temperature);
        (float[] pixels, int size) = Pixels(Calibrated);
        float[] logits = new float[3], expected = new float[3];
        using var engine = new ManagedScoringEngine(Calibrated.Config, Calibrated.Weights);
        engine.Score(pixels, 1, size, size, logits);
        double sum = logits.Sum(logit => Math.Exp(logit / Calibrated.Temperature));
        for (int i = 0; i < 3; i++) expected[i] = (float)(Math.Exp(logits[i] / Calibrated.Temperature) / sum);
        float[] actual = Scores(Calibrated, TinyModel.TestSet.Take(1));
        for (int i = 0; i < 3; i++) Assert.AreEqual(expected[i], actual[i], 1e-5f);
    }

    [TestMethod]
    public void Temperature_IsInTheModelFile()
    {
        string path = Save(Calibrated);
        var loaded = (ConvNeXtClassificationTransformer)new MLContext().Model.Load(path, out _);
        Assert.AreEqual(Calibrated.Temperature, loaded.Temperature);
        CollectionAssert.AreEqual(Scores(Calibrated, TinyModel.TestSet), Scores(loaded, TinyModel.TestSet));
    }

    [TestMethod]
    public void ModelFromBeforeThereWasATemperature_LoadsAndPredictsTheSame()
    {
        float[] expected = [0.45083606f, 0.12661271f, 0.4225512f, 0.17442974f, 0.6314825f, 0.19408779f, 0.44791466f, 0.12896594f, 0.4231194f];
        string path = TestFolders.Data("mlnet", "classifier_before_temperature.zip");
        Assert.AreEqual((0x00010001u, 0x00010001u), ModelVersions.Read(path, "CNXTCLAS"));
        var model = (ConvNeXtClassificationTransformer)new MLContext().Model.Load(path, out _);
        Assert.AreEqual(1, model.Temperature);
        float[] scores = Scores(model, TestImages.WriteFolder(_folder, 1, seed: 77));
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], scores[i], 1e-5f);
    }

    [TestMethod]
    public void WithoutValidation_TheOptionIsAnError()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.ValidationSetFraction = null;
        options.Recipe = options.Recipe!.With(training => training with { CalibrateTemperature = true });
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TinyModel.Fit(new MLContext(seed: 1), options)).Message, "CalibrateTemperature");
    }

    private static (float[] Pixels, int Size) Pixels(ConvNeXtClassificationTransformer model)
    {
        int size = model.Preprocessing.Size;
        using var image = MLImage.CreateFromFile(TinyModel.TestSet[0].ImagePath);
        byte[] rgb = new byte[image.Width * image.Height * 3];
        bool blueFirst = image.PixelFormat == MLPixelFormat.Bgra32;
        for (int i = 0; i < image.Width * image.Height; i++)
            for (int channel = 0; channel < 3; channel++) rgb[3 * i + channel] = image.Pixels[4 * i + (blueFirst ? 2 - channel : channel)];
        float[] pixels = new float[size * size * 3];
        model.Preprocessing.Apply(new RgbImage(image.Width, image.Height, rgb), pixels);
        return (pixels, size);
    }

    private static float[] Scores(ITransformer model, IEnumerable<LabeledImage> images)
    {
        var context = new MLContext();
        IDataView scored = model.Transform(context.Data.LoadFromEnumerable(images));
        return [.. context.Data.CreateEnumerable<ScoredImage>(scored, reuseRowObject: false).SelectMany(row => row.Score)];
    }

    private string Save(ITransformer model)
    {
        string path = Path.Combine(_folder, "model.zip");
        new MLContext().Model.Save(model, null, path);
        return path;
    }
}
