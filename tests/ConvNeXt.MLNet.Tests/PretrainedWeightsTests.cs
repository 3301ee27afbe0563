using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests;

[TestClass]
public class PretrainedWeightsTests
{
    private readonly string _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void NonCommercialWeights_AreRefusedByTheirId_BeforeAnyDownload()
    {
        const string Id = "timm/convnextv2_atto.fcmae_ft_in1k";
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.Weights = Id;
        foreach (Action load in (Action[])[() => TinyModel.Fit(new MLContext(seed: 1), options), () => Featurize(Id, TinyModel.Config)])
        {
            var refusal = Assert.ThrowsException<NonCommercialLicenseException>(load);
            foreach (string part in (string[])[Id, "CC-BY-NC-4.0", "facebookresearch/ConvNeXt-V2", "AcceptNonCommercialLicense"])
                StringAssert.Contains(refusal.Message, part);
        }
    }

    [TestMethod]
    public void AnOfficialV2Network_IsRefusedWhateverItsFileIsCalled_AndAcceptedOnRequest()
    {
        ConvNeXtConfig atto = ConvNeXtArchitectures.Get(ConvNeXtVariant.V2Atto);
        string path = Path.Combine(_folder, "renamed.safetensors");
        SafetensorsWriter.Write(path, WeightInitializer.Create(atto, seed: 1));
        var refusal = Assert.ThrowsException<NonCommercialLicenseException>(() => Featurize(path, atto));
        StringAssert.Contains(refusal.Message, "renamed.safetensors");
        Assert.AreEqual(320, Featurize(path, atto, accept: true).Config.FeatureCount);

        SafetensorsWriter.Write(path, WeightInitializer.Create(atto with { ClassCount = 5 }, seed: 1));
        Assert.AreEqual(5, Featurize(path, atto).Config.ClassCount);
    }

    [TestMethod]
    public void AModelId_IsFoundInTheHubsCache()
    {
        string snapshot = Path.Combine(_folder, "models--someone--tiny", "snapshots", "abc");
        Directory.CreateDirectory(snapshot);
        SafetensorsWriter.Write(Path.Combine(snapshot, "model.safetensors"), WeightInitializer.Create(TinyModel.Config with { ClassCount = 4 }, seed: 1));
        string refs = Directory.CreateDirectory(Path.Combine(_folder, "models--someone--tiny", "refs")).FullName;
        File.WriteAllText(Path.Combine(refs, "main"), "abc");
        string? before = Environment.GetEnvironmentVariable("HF_HUB_CACHE");
        Environment.SetEnvironmentVariable("HF_HUB_CACHE", _folder);
        try
        {
            Assert.AreEqual(4, Featurize("someone/tiny", TinyModel.Config).Config.ClassCount);
        }
        finally
        {
            Environment.SetEnvironmentVariable("HF_HUB_CACHE", before);
        }
    }

    [TestMethod]
    public void KnownWeights_PrepareImagesInTheirOwnWay()
    {
        string path = Path.Combine(_folder, "convnext_base.clip_laion2b_augreg_ft_in1k.safetensors");
        SafetensorsWriter.Write(path, WeightInitializer.Create(TinyModel.Config, seed: 1));
        Assert.AreEqual(0.48145466f, Featurize(path, TinyModel.Config).Preprocessing.Mean.Red);
    }

    private static ConvNeXtFeaturizingTransformer Featurize(string weights, ConvNeXtConfig config, bool accept = false)
    {
        var context = new MLContext(seed: 1);
        var options = new ConvNeXtFeaturizingEstimator.Options { Weights = weights, Config = config, AcceptNonCommercialLicense = accept };
        return context.Transforms.ConvNeXtFeaturizer(options).Fit(context.Data.LoadFromEnumerable(TinyModel.TestSet));
    }
}
