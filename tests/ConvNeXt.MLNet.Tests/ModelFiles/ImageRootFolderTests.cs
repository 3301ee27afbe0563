using System.IO.Compression;
using System.Text;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.Tests.ModelFiles;

/// <summary>A model file says nothing about the folders of the machine that trained the model.</summary>
[TestClass]
public sealed class ImageRootFolderTests
{
    private readonly string _folder = TestFolders.CreateTemporary();

    private static string TestFolder => Path.GetDirectoryName(Path.GetDirectoryName(TinyModel.TestSet[0].ImagePath)!)!;

    private static LabeledImage[] Relative => [.. TinyModel.TestSet.Select(image => new LabeledImage { ImagePath = Path.GetRelativePath(TestFolder, image.ImagePath) })];

    [TestMethod]
    public void AnAbsoluteFolder_IsNotInTheFile()
    {
        string path = Save(TinyModel.Transformer.WithImageRootFolder(TestFolder));
        using ZipArchive zip = ZipFile.OpenRead(path);
        foreach (ZipArchiveEntry entry in zip.Entries) Assert.IsFalse(ReadText(entry).Contains(Path.GetFileName(TestFolder) + "\"", StringComparison.Ordinal), entry.FullName);
    }

    [TestMethod]
    public void ALoadedModel_AsksForTheFolder_AndIsGivenIt()
    {
        ConvNeXtClassificationTransformer model = TinyModel.Transformer.WithImageRootFolder(TestFolder);
        var loaded = (ConvNeXtClassificationTransformer)Load(Save(model));
        var context = new MLContext();
        string transforming = Assert.ThrowsExactly<InvalidOperationException>(() => Score(loaded, Relative)).Message;
        StringAssert.Contains(transforming, "WithImageRootFolder");
        Assert.Throws<InvalidOperationException>(() => context.Model.CreatePredictionEngine<LabeledImage, ScoredImage>(loaded));
        Assert.ThrowsExactly<InvalidOperationException>(() => Score(Load(Save(loaded)), Relative), "saving it again does not forget that");
        CollectionAssert.AreEqual(Score(model, Relative), Score(loaded.WithImageRootFolder(TestFolder), Relative));
        CollectionAssert.AreEqual(Score(model, Relative), Score(loaded.WithImageRootFolder(null), [.. TinyModel.TestSet]));
    }

    [TestMethod]
    public void ARelativeFolder_IsStored()
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, TestFolder);
        if (Path.IsPathRooted(relative)) Assert.Inconclusive("Skipped: the temporary folder is on another drive.");
        CollectionAssert.AreEqual(
            Score(TinyModel.Transformer, [.. TinyModel.TestSet]), Score(Load(Save(TinyModel.Transformer.WithImageRootFolder(relative))), Relative));
    }

    [TestMethod]
    public void APipeline_IsGivenAnotherFolder_InEachOfItsParts()
    {
        var context = new MLContext(seed: 1);
        IDataView data = context.Data.LoadFromEnumerable(TinyModel.TestSet);
        ConvNeXtFeaturizingTransformer features = context.Transforms.ConvNeXtFeaturizer(new ConvNeXtFeaturizingEstimator.Options { Model = TinyModel.Transformer })
            .Fit(data).WithImageRootFolder(TestFolder);
        ITransformer copy = context.Transforms.CopyColumns("Copy", "ImagePath").Fit(data);
        var chain = new TransformerChain<ITransformer>(copy, new TransformerChain<ITransformer>(features), TinyModel.Transformer.WithImageRootFolder(TestFolder));
        ITransformer loaded = Load(Save(chain));
        Assert.ThrowsExactly<InvalidOperationException>(() => Score(loaded, Relative));
        CollectionAssert.AreEqual(Score(chain, Relative), Score(loaded.WithImageRootFolder(TestFolder), Relative));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => copy.WithImageRootFolder(TestFolder)).Message, "contains no ConvNeXt transformer");
    }

    [TestMethod]
    [DynamicData(nameof(WithAbsoluteFolder))]
    public void AFileOfEarlierCode_KeepsItsFolder_AndSaysSo(string version)
    {
        var context = new MLContext(seed: 1);
        var messages = new List<string>();
        context.Log += (_, message) => messages.Add(message.Message);
        ITransformer model = context.Model.Load(FrozenModels.Find(version, FrozenModels.InFolder), out _);
        Assert.AreEqual(1, messages.Count(message => message.Contains(FrozenModels.TrainingFolder, StringComparison.Ordinal)));
        IDataView scored = model.Transform(context.Data.LoadFromEnumerable([new LabeledImage { ImagePath = "missing.bmp" }]));
        StringAssert.Contains(scored.GetColumn<string>("Problem").Single(), Path.Combine(FrozenModels.TrainingFolder, "missing.bmp"));
        Assert.ThrowsExactly<InvalidOperationException>(() => Score(Load(Save(model)), Relative), "it is not saved again");
    }

    private static IEnumerable<object[]> WithAbsoluteFolder => [["0.1.0-preview"]];

    private static ITransformer Load(string path) => new MLContext(seed: 1).Model.Load(path, out _);

    private static string ReadText(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Encoding.Latin1.GetString(bytes.ToArray());
    }

    private static float[] Score(ITransformer model, LabeledImage[] images)
    {
        IDataView scored = model.Transform(new MLContext().Data.LoadFromEnumerable(images));
        float[] scores = [.. scored.GetColumn<float[]>("Score").SelectMany(values => values)];
        Assert.IsFalse(scores.Any(float.IsNaN));
        return scores;
    }

    private string Save(ITransformer model)
    {
        string path = Path.Combine(_folder, $"{Guid.NewGuid():N}.zip");
        new MLContext().Model.Save(model, null, path);
        return path;
    }
}
