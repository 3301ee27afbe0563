using System.IO.Compression;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.Scoring;

[TestClass]
public sealed class FeatureMapTests
{
    private const int Size = 64;

    private static readonly (FeatureLevel Output, int Channels, int Side)[] Stages =
        [(FeatureLevel.Stage1, 8, 16), (FeatureLevel.Stage2, 16, 8), (FeatureLevel.Stage3, 24, 4), (FeatureLevel.Stage4, 32, 2)];

    private readonly MLContext _context = new(seed: 1);
    private readonly string _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void EachStage_HasItsDimensionsInTheType_AndTheEnginesValuesByChannel()
    {
        WeightSet weights = WeightInitializer.Create(TinyModel.Config, seed: 3);
        string file = WriteWeights(weights);
        RgbImage[] pictures = [.. Enumerable.Range(0, 5).Select(i => Draw(seed: i))];
        LabeledImage[] rows = [.. pictures.Select(WriteImage)];
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        using var engine = new ManagedScoringEngine(TinyModel.Config, weights);

        foreach (var (output, channels, side) in Stages)
        {
            ConvNeXtFeaturizingTransformer model = _context.Transforms.ConvNeXtFeaturizer(CreateOptions(file, output)).Fit(data);
            IDataView view = model.Transform(data);
            var type = (VectorDataViewType)view.Schema["Features"].Type;
            CollectionAssert.AreEqual(new[] { channels, side, side }, type.Dimensions.ToArray());
            Assert.AreEqual(NumberDataViewType.Single, type.ItemType);
            Assert.AreEqual(channels * side * side, model.FeatureCount);

            using PredictionEngine<LabeledImage, Featurized> single = _context.Model.CreatePredictionEngine<LabeledImage, Featurized>(model);
            float[][] batched = Read(view);
            for (int i = 0; i < rows.Length; i++)
            {
                float[] expected = ComputeByChannel(engine, model.Preprocessing, pictures[i], (int)output - (int)FeatureLevel.Stage1, channels, side);
                CollectionAssert.AreEqual(expected, batched[i], $"{output} of row {i} in a view");
                CollectionAssert.AreEqual(expected, single.Predict(rows[i]).Features, $"{output} of row {i} by itself");
            }
        }
    }

    [TestMethod]
    public void SavedFeatureMaps_ComeBackTheSame()
    {
        IDataView data = _context.Data.LoadFromEnumerable([WriteImage(Draw(seed: 1))]);
        string weights = WriteWeights(WeightInitializer.Create(TinyModel.Config, seed: 3));
        ConvNeXtFeaturizingTransformer model = _context.Transforms.ConvNeXtFeaturizer(CreateOptions(weights, FeatureLevel.Stage2)).Fit(data);

        var loaded = (ConvNeXtFeaturizingTransformer)new MLContext().Model.Load(Save(model), out _);

        Assert.AreEqual(FeatureLevel.Stage2, loaded.Output);
        Assert.AreEqual("Vector<Single, 16, 8, 8>", loaded.GetOutputSchema(data.Schema)["Features"].Type.ToString());
        CollectionAssert.AreEqual(Read(model.Transform(data))[0], Read(loaded.Transform(data))[0]);
    }

    [TestMethod]
    public void AModelFileThatNamesNoOutput_IsOfPooledFeatures()
    {
        IDataView data = _context.Data.LoadFromEnumerable([WriteImage(Draw(seed: 1))]);
        string weights = WriteWeights(WeightInitializer.Create(TinyModel.Config, seed: 3));
        foreach (var output in new[] { FeatureLevel.Pooled, FeatureLevel.Stage1 })
        {
            string path = Save(_context.Transforms.ConvNeXtFeaturizer(CreateOptions(weights, output)).Fit(data));
            using (ZipArchive zip = ZipFile.OpenRead(path))
            using (var key = new StreamReader(zip.Entries.Single(entry => entry.FullName.Replace('\\', '/') == "TransformerChain/Model.key").Open()))
                Assert.AreEqual(output != FeatureLevel.Pooled, key.ReadToEnd().Contains("\"Output\"", StringComparison.Ordinal));
            Assert.AreEqual(output, ((ConvNeXtFeaturizingTransformer)new MLContext().Model.Load(path, out _)).Output);
        }
    }

    [TestMethod]
    public void AnImageThatCannotBeRead_GetsAMapOfNaN()
    {
        LabeledImage good = WriteImage(Draw(seed: 1)), missing = new() { ImagePath = Path.Combine(_folder, "missing.bmp") };
        IDataView data = _context.Data.LoadFromEnumerable([good, missing, good]);
        string weights = WriteWeights(WeightInitializer.Create(TinyModel.Config, seed: 3));
        float[][] maps = Read(_context.Transforms.ConvNeXtFeaturizer(CreateOptions(weights, FeatureLevel.Stage3)).Fit(data).Transform(data));
        Assert.IsTrue(maps[1].Length == 24 * 4 * 4 && maps[1].All(float.IsNaN));
        CollectionAssert.AreEqual(maps[0], maps[2]);
        Assert.IsFalse(maps[0].Any(float.IsNaN));
    }

    [TestMethod]
    public void AnIsotropicNetwork_HasItsOneStage_AndSaysSo()
    {
        ConvNeXtConfig isotropic = new() { Name = "one stage", Depths = [2], Widths = [8], LayerScaleInit = null };
        string weights = WriteWeights(WeightInitializer.Create(isotropic, seed: 3));
        IDataView data = _context.Data.LoadFromEnumerable([WriteImage(Draw(seed: 1))]);
        ConvNeXtFeaturizingEstimator.Options options = CreateOptions(weights, FeatureLevel.Stage1);
        options.Config = isotropic;
        IDataView maps = _context.Transforms.ConvNeXtFeaturizer(options).Fit(data).Transform(data);
        Assert.AreEqual("Vector<Single, 8, 4, 4>", maps.Schema["Features"].Type.ToString());

        options.Output = FeatureLevel.Stage2;
        var error = Assert.ThrowsExactly<ArgumentException>(() => _context.Transforms.ConvNeXtFeaturizer(options));
        foreach (string part in new[] { "Option Output is Stage2", "one stage is isotropic", "Stage1" }) StringAssert.Contains(error.Message, part);
        var byVariant = Assert.ThrowsExactly<ArgumentException>(() => _context.Transforms.ConvNeXtFeaturizer(
            "Features", "ImagePath", "weights.pth", ConvNeXtVariant.IsotropicSmall, output: FeatureLevel.Stage4));
        StringAssert.Contains(byVariant.Message, "Option Output is Stage4");
    }

    [TestMethod]
    public void StagesOfATrainedClassifier_CanBeHad()
    {
        IDataView data = _context.Data.LoadFromEnumerable(TinyModel.TestSet.Take(2));
        var estimator = _context.Transforms.ConvNeXtFeaturizer("Features", "ImagePath", TinyModel.Transformer, FeatureLevel.Stage1);
        IDataView maps = estimator.Fit(data).Transform(data);
        Assert.AreEqual("Vector<Single, 8, 8, 8>", maps.Schema["Features"].Type.ToString());
        Assert.AreEqual(8 * 8 * 8, Read(maps)[0].Length);
    }

    private static ConvNeXtFeaturizingEstimator.Options CreateOptions(string weights, FeatureLevel output) =>
        new() { Weights = weights, Config = TinyModel.Config, ImageSize = Size, Output = output, BatchSize = 4 };

    private static RgbImage Draw(int seed) =>
        new(TestImages.Size, TestImages.Size, TestImages.Draw(TestImages.Labels[seed % TestImages.Labels.Length], new Random(seed)));

    /// <summary>The engine's own map [height, width, channels] turned into [channels, height, width], element by element.</summary>
    private static float[] ComputeByChannel(ManagedScoringEngine engine, ImagePreprocessing preprocessing, RgbImage image, int stage, int channels, int side)
    {
        float[] pixels = new float[preprocessing.Length], map = new float[channels * side * side], turned = new float[map.Length];
        preprocessing.Apply(image, pixels);
        engine.FeatureMap(pixels, 1, Size, Size, stage, map);
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
                for (int channel = 0; channel < channels; channel++)
                    turned[(channel * side + y) * side + x] = map[(y * side + x) * channels + channel];
        return turned;
    }

    private float[][] Read(IDataView view) =>
        [.. _context.Data.CreateEnumerable<Featurized>(view, reuseRowObject: false).Select(row => row.Features)];

    private LabeledImage WriteImage(RgbImage image)
    {
        string path = Path.Combine(_folder, Guid.NewGuid().ToString("N") + ".bmp");
        File.WriteAllBytes(path, TestImages.EncodeBmp(image.Width, image.Height, image.Pixels));
        return new LabeledImage { ImagePath = path, Label = "any" };
    }

    private string WriteWeights(WeightSet weights)
    {
        string path = Path.Combine(_folder, "weights.safetensors");
        SafetensorsWriter.Write(path, weights);
        return path;
    }

    private string Save(ITransformer model)
    {
        string path = Path.Combine(_folder, "model.zip");
        _context.Model.Save(model, null, path);
        return path;
    }

    private sealed class Featurized
    {
        public float[] Features { get; set; } = [];
    }
}
