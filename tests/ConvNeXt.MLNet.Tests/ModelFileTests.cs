using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Reflection;
using System.Text;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.Benchmarks.Fuzzing.Inputs;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests;

[TestClass]
public sealed class ModelFileTests
{
    private const string WeightsEntry = "TransformerChain/weights.planes";

    private readonly string _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void LoadedModel_PredictsTheSame_AndKeepsEverything()
    {
        var loaded = (ConvNeXtClassificationTransformer)Load(SaveModel("model.zip"));
        ConvNeXtClassificationTransformer original = TinyModel.Transformer;

        CollectionAssert.AreEqual(TestImages.Labels, loaded.LabelNames.ToArray());
        Assert.AreEqual(original.Preprocessing, loaded.Preprocessing);
        CollectionAssert.AreEqual(original.Config.Widths, loaded.Config.Widths);
        Assert.AreEqual(original.Config with { Widths = [], Depths = [] }, loaded.Config with { Widths = [], Depths = [] });
        foreach (WeightTensor tensor in original.Weights.Tensors) CollectionAssert.AreEqual(tensor.Values, loaded.Weights[tensor.Name].Values);
        CollectionAssert.AreEqual(Scores(original), Scores(loaded));
    }

    [TestMethod]
    public void Weights_LieInTheFileAsPlanesOfBytes()
    {
        using ZipArchive zip = ZipFile.OpenRead(SaveModel("model.zip"));
        using Stream entry = zip.GetEntry(WeightsEntry)!.Open();
        WeightSet weights = SafetensorsReader.ReadPlanes(entry, WeightsEntry, length: null, out _);
        CollectionAssert.AreEqual(TinyModel.Transformer.Weights.Tensors.Select(t => t.Name).ToArray(), weights.Tensors.Select(t => t.Name).ToArray());
    }

    [TestMethod]
    public void FreshProcess_LoadsThePipeline_WithoutRegistration()
    {
        var context = new MLContext(seed: 1);
        IDataView data = context.Data.LoadFromEnumerable(TinyModel.TrainingImages);
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 1)))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        ITransformer model = pipeline.Fit(data);
        string path = Path.Combine(_folder, "pipeline.zip");
        context.Model.Save(model, data.Schema, path);
        string[] images = [.. TinyModel.TestSet.Take(4).Select(image => image.ImagePath)];

        string[] lines = RunFreshProcess([path, .. images]);

        using PredictionEngine<LabeledImage, NamedPrediction> engine = context.Model.CreatePredictionEngine<LabeledImage, NamedPrediction>(model);
        string[] expected = [.. images.Select(image => engine.Predict(new LabeledImage { ImagePath = image }).ToString())];
        CollectionAssert.AreEqual(expected, lines);
    }

    [TestMethod]
    public void SwappedWeights_AreNoticed_EvenWhereTheirShapesFit()
    {
        string path = SaveModel("model.zip");
        var other = new WeightSet();
        foreach (WeightTensor tensor in TinyModel.Transformer.Weights.Tensors) other.Add(tensor with { Values = [.. tensor.Values.Select(value => value * 0.5f)] });
        using var replaced = new MemoryStream();
        SafetensorsWriter.WritePlanes(replaced, other);
        ReplaceEntry(path, WeightsEntry, _ => replaced.ToArray());

        string message = LoadingError(path);
        StringAssert.Contains(message, "weights.planes");
        StringAssert.Contains(message, "SHA-256");
        StringAssert.Contains(message, "replaced");
    }

    [TestMethod]
    public void DamagedWeights_AreNoticed()
    {
        string path = SaveModel("model.zip");
        ReplaceEntry(path, WeightsEntry, bytes =>
        {
            bytes[bytes.Length / 2] ^= 1;
            return bytes;
        });
        StringAssert.Contains(LoadingError(path), "The file is damaged, or the weights were replaced");

        path = SaveModel("without.zip");
        ReplaceEntry(path, WeightsEntry, _ => null);
        StringAssert.Contains(LoadingError(path), "has no 'weights.planes'");
    }

    [TestMethod]
    public void DamagedDescription_IsNoticed()
    {
        foreach ((string from, string to, string wanted) in new[]
        {
            ("\"Format\":1", "\"Format\":9", "has format 9; this version reads format 1"),
            ("\"BatchSize\":32", "\"BatchSize\":-2", "batch size"),
            ("\"Widths\":[8,16,24,32]", "\"Widths\":[8,16,24,-2]", "Widths"),
            ("\"Widths\":[8,16,24,32]", "\"Widths\":[8,16,24,33]", "tensor 'downsample_layers.3.1.weight' is [32,24,2,2]"),
            ("\"Preprocessing\"", "\"Preprocessink\"", "description cannot be read"),
            ("\"across\",", "\"across\" ", "description cannot be read"),
        })
        {
            string path = SaveModel(Guid.NewGuid().ToString("N"));
            ReplaceEntry(path, "TransformerChain/Model.key", bytes =>
            {
                string text = Encoding.Latin1.GetString(bytes);
                Assert.AreEqual(from.Length, to.Length);
                StringAssert.Contains(text, from);
                return Encoding.Latin1.GetBytes(text.Replace(from, to));
            });
            StringAssert.Contains(LoadingError(path), wanted);
        }
    }

    [TestMethod]
    [DataRow("\"ImageFolder\":null", "\"ImageFolder\":\"\"", "image root folder is empty")]
    [DataRow("\"ImageFolder\":null", "\"ImageFolder\":\"a\\u0000\"", "image root folder contains a null character")]
    [DataRow("\"OutputColumns\":[\"Score\",", "\"OutputColumns\":[null,", "the name of a column is empty")]
    [DataRow("\"ImageColumn\":\"ImagePath\"", "\"ImageColumn\":\"\"", "the name of a column is empty")]
    [DataRow("\"Widths\":[8,16,24,32]", "\"Widths\":[8,16,24,33]", "is damaged: weights.planes")]
    public void DamageFoundByMutation_IsInvalidData(string from, string to, string reason)
    {
        string path = SaveModel("model.zip");
        ReplaceEntry(path, "TransformerChain/Model.key", bytes =>
        {
            string text = ModelBlock.FindText(bytes)!;
            StringAssert.Contains(text, from);
            return ModelBlock.ReplaceText(bytes, text.Replace(from, to));
        });
        var error = Assert.ThrowsExactly<TargetInvocationException>(() => Load(path));
        Assert.IsInstanceOfType<InvalidDataException>(error.InnerException);
        StringAssert.Contains(error.InnerException.Message, reason);
    }

    [TestMethod]
    public void TruncatedModelFile_DoesNotLoad()
    {
        string path = SaveModel("model.zip");
        byte[] bytes = File.ReadAllBytes(path);
        foreach (int length in new[] { 0, 10, bytes.Length / 2, bytes.Length - 30 })
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.AreNotEqual("", LoadingError(path));
        }
    }

    private static ITransformer Load(string path) => new MLContext().Model.Load(path, out _);

    /// <summary>What was said while a model failed to load, through all layers that wrap it.</summary>
    private static string LoadingError(string path)
    {
        try
        {
            Load(path);
        }
        catch (Exception error)
        {
            var said = new List<string>();
            for (Exception? inner = error; inner is not null; inner = inner.InnerException) said.Add(inner.Message);
            return string.Join('\n', said);
        }
        Assert.Fail("The model was loaded.");
        return "";
    }

    private static float[] Scores(ITransformer model)
    {
        var context = new MLContext();
        IDataView scored = model.Transform(context.Data.LoadFromEnumerable(TinyModel.TestSet));
        return [.. context.Data.CreateEnumerable<ScoredImage>(scored, reuseRowObject: false).SelectMany(row => row.Score)];
    }

    private static void ReplaceEntry(string path, string name, Func<byte[], byte[]?> change)
    {
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Update);
        ZipArchiveEntry entry = zip.Entries.Single(e => e.FullName.Replace('\\', '/') == name);
        using var bytes = new MemoryStream();
        using (Stream source = entry.Open()) source.CopyTo(bytes);
        string fullName = entry.FullName;
        entry.Delete();
        if (change(bytes.ToArray()) is not { } changed) return;
        using Stream destination = zip.CreateEntry(fullName).Open();
        destination.Write(changed);
    }

    private static string[] RunFreshProcess(string[] arguments)
    {
        // tests/ConvNeXt.MLNet.Tests/bin/CONFIGURATION/net10.0
        string output = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        string framework = Path.GetFileName(output), configuration = Path.GetFileName(Path.GetDirectoryName(output)!);
        string program = Path.Combine(TestFolders.Repository, "tests", "FreshProcess", "bin", configuration, framework, "FreshProcess.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, errors.Result);
        return text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
    }

    private string SaveModel(string name)
    {
        string path = Path.Combine(_folder, name);
        new MLContext().Model.Save(TinyModel.Transformer, null, path);
        return path;
    }

    private sealed class NamedPrediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];

        public override string ToString() => $"{PredictedLabel}|{string.Join(' ', Score.Select(score => score.ToString("R", CultureInfo.InvariantCulture)))}";
    }
}
