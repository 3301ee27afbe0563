using System.Globalization;
using System.Text.Json;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Onnx;
using ConvNeXt.Tests.Engines;

namespace ConvNeXt.Tests.Onnx;

/// <summary>The exported file itself: its metadata, how it appears, and what is refused.</summary>
[TestClass]
public sealed class OnnxFileTests
{
    private static readonly ConvNeXtConfig _config = NetworkVariants.Get("V1");

    private static readonly ImagePreprocessing _preprocessing = ImagePreprocessing.ForSize(64);

    private readonly string _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void Metadata_TellHowPicturesArePrepared_AndTheLabels()
    {
        string[] labels = ["rose", "tulip \"red\"", "Gänseblümchen", "4", ""];
        var mean = new RgbTriple(0.5f, 0.25f, 0.125f);
        ImagePreprocessing preprocessing = _preprocessing with { CropRatio = 0.9, Interpolation = Interpolation.Bilinear, Mean = mean };
        using var network = new ExportedNetwork(_config, EngineInputs.Weights(_config), preprocessing, labels: labels);
        Dictionary<string, string> metadata = network.Session.ModelMetadata.CustomMetadataMap;
        Assert.AreEqual("V1", metadata["architecture"]);
        Assert.AreEqual("64", metadata["image_size"]);
        Assert.AreEqual("ShorterSideThenCenterCrop", metadata["resize_mode"]);
        Assert.AreEqual(0.9, double.Parse(metadata["crop_ratio"], CultureInfo.InvariantCulture));
        Assert.AreEqual("71", metadata["resized_shorter_side"]);
        Assert.AreEqual("Bilinear", metadata["interpolation"]);
        Assert.AreEqual("RGB", metadata["color_order"]);
        Assert.AreEqual("0..255", metadata["input_values"]);
        CollectionAssert.AreEqual(new[] { 0.5f, 0.25f, 0.125f }, JsonSerializer.Deserialize<float[]>(metadata["mean"]));
        CollectionAssert.AreEqual(new[] { 0.229f, 0.224f, 0.225f }, JsonSerializer.Deserialize<float[]>(metadata["std"]));
        CollectionAssert.AreEqual(labels, JsonSerializer.Deserialize<string[]>(metadata["labels"]));
        Assert.AreEqual("ConvNeXt.MLNet", network.Session.ModelMetadata.ProducerName);
    }

    [TestMethod]
    public void Metadata_SayWhereTheInputIsNormalizedAlready_AndHaveNoCropWhereNothingIsCropped()
    {
        ImagePreprocessing preprocessing = _preprocessing with { ResizeMode = ResizeMode.Squash };
        using var network = new ExportedNetwork(_config, EngineInputs.Weights(_config), preprocessing, new OnnxExportOptions { NormalizedInput = true });
        Dictionary<string, string> metadata = network.Session.ModelMetadata.CustomMetadataMap;
        Assert.AreEqual("normalized", metadata["input_values"]);
        Assert.AreEqual("Squash", metadata["resize_mode"]);
        foreach (string key in new[] { "crop_ratio", "resized_shorter_side", "labels" }) Assert.IsFalse(metadata.ContainsKey(key), key);
    }

    [TestMethod]
    public void Write_ReplacesAFile_AndLeavesNoOther()
    {
        string path = Path.Combine(_folder, "model.onnx");
        File.WriteAllText(path, "an earlier one");
        OnnxWriter.Write(path, _config, EngineInputs.Weights(_config), _preprocessing);
        CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(_folder));
        Assert.IsTrue(new FileInfo(path).Length > 4 * NetworkCost.Parameters(_config));
    }

    [TestMethod]
    public void MissingWeight_IsNamed_AndTheEarlierFileStays()
    {
        string path = Path.Combine(_folder, "model.onnx");
        File.WriteAllText(path, "an earlier one");
        var weights = new WeightSet();
        foreach (WeightTensor tensor in EngineInputs.Weights(_config).Tensors)
            if (tensor.Name != "head.bias") weights.Add(tensor);
        StringAssert.Contains(Assert.ThrowsExactly<KeyNotFoundException>(() => OnnxWriter.Write(path, _config, weights, _preprocessing)).Message, "head.bias");
        Assert.AreEqual("an earlier one", File.ReadAllText(path));
        Assert.AreEqual(1, Directory.GetFiles(_folder).Length);
    }

    [TestMethod]
    public void FolderThatDoesNotExist_IsNamed_AndNotTheTemporaryFile()
    {
        string path = Path.Combine(_folder, "nowhere", "model.onnx");
        string message = Assert.ThrowsExactly<DirectoryNotFoundException>(() => Write(path)).Message;
        StringAssert.Contains(message, Path.GetDirectoryName(path));
        StringAssert.DoesNotMatch(message, new("\\.new"));
    }

    [TestMethod]
    public void OptionsAndLabelsOutOfRange_AreRefused()
    {
        string path = Path.Combine(_folder, "model.onnx");
        Assert.ThrowsExactly<ArgumentException>(() => Write(""));
        Assert.AreEqual("BatchSize", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Write(path, new OnnxExportOptions { BatchSize = 0 })).ParamName);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Write(path, labels: ["one", "two"])).Message, "2 labels for 5 classes");
        Assert.AreEqual(0, Directory.GetFiles(_folder).Length);
    }

    private static void Write(string path, OnnxExportOptions? options = null, string[]? labels = null) =>
        OnnxWriter.Write(path, _config, EngineInputs.Weights(_config), _preprocessing, labels, options);
}
