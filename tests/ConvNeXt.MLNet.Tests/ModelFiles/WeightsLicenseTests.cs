using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.ModelFiles;
using Microsoft.ML;

namespace ConvNeXt.Tests.ModelFiles;

/// <summary>A model keeps the license of the weights that its training started from.</summary>
[TestClass]
public sealed class WeightsLicenseTests
{
    private readonly string _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void TrainedFromScratch_ThereIsNone_AlsoInTheFile()
    {
        Assert.AreEqual("none, trained from scratch", TinyModel.Transformer.WeightsLicense);
        Assert.AreEqual("none, trained from scratch", SaveAndLoad(TinyModel.Transformer).WeightsLicense);
    }

    [TestMethod]
    public void OfAFileOfWeights_ItIsWhatTheOptionSays_AndPassedOnToWhatStartsFromTheModel()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.Weights = Path.Combine(_folder, "weights.safetensors");
        SafetensorsWriter.Write(options.Weights, TinyModel.Transformer.Weights);
        Assert.IsNull(Train(options).WeightsLicense, "Of a file, it is not known.");
        options.WeightsLicense = "CC BY 4.0 (Ünknown & co)";
        ConvNeXtClassificationTransformer model = SaveAndLoad(Train(options).WithProblemColumn("Problem"));
        Assert.AreEqual(options.WeightsLicense, model.WeightsLicense);

        ConvNeXtTrainer.Options next = TinyModel.CreateOptions(epochs: 1);
        next.InitialModel = model;
        Assert.AreEqual(options.WeightsLicense, Train(next).WeightsLicense);
    }

    [TestMethod]
    public void AnEarlierModel_HasNone()
    {
        string file = Path.Combine(FrozenModels.FolderOf("0.1.0-preview"), FrozenModels.Classifier);
        Assert.IsNull(((ConvNeXtClassificationTransformer)new MLContext().Model.Load(file, out _)).WeightsLicense);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("  ")]
    [DataRow("MIT\nnot")]
    [DataRow("MIT\u001b[31m")]
    public void ATextThatIsNotALine_IsRefused_AsOptionAndInAFile(string license)
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.WeightsLicense = license;
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new MLContext().MulticlassClassification.Trainers.ConvNeXt(options));
        StringAssert.Contains(error.Message, nameof(options.WeightsLicense));
        Assert.ThrowsExactly<InvalidDataException>(() => StoredLicense.Find(StoredLicense.ToMetadata(license)!));
    }

    private static ConvNeXtClassificationTransformer Train(ConvNeXtTrainer.Options options) => TinyModel.Fit(new MLContext(seed: 1), options);

    private static ConvNeXtClassificationTransformer SaveAndLoad(ConvNeXtClassificationTransformer model)
    {
        var context = new MLContext();
        using var stream = new MemoryStream();
        context.Model.Save(model, null, stream);
        stream.Position = 0;
        return (ConvNeXtClassificationTransformer)context.Model.Load(stream, out _);
    }
}
