using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Pretrained;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests.Training;

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
            var refusal = Assert.ThrowsExactly<NonCommercialLicenseException>(load);
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
        var refusal = Assert.ThrowsExactly<NonCommercialLicenseException>(() => Featurize(path, atto));
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

    [TestMethod]
    public void HeadIndices_GiveEachClassItsRowOfThePretrainedHead()
    {
        WeightSet pretrained = WeightInitializer.Create(TinyModel.Config with { ClassCount = 7 }, seed: 1);
        for (int i = 0; i < 7; i++) pretrained["head.bias"].Values[i] = i + 1;
        ConvNeXtTrainer.Options options = CreateOptions(pretrained, [4, -1, 0]);
        var context = new MLContext(seed: 1);
        var messages = new List<string>();
        context.Log += (_, e) => messages.Add(e.Message);

        WeightSet weights = TinyModel.Fit(context, options).Weights;

        int features = TinyModel.Config.FeatureCount;
        float[] old = pretrained["head.weight"].Values, head = weights["head.weight"].Values, bias = weights["head.bias"].Values;
        Assert.AreEqual(3 * features, head.Length);
        for (int i = 0; i < features; i++)
        {
            Assert.AreEqual(old[4 * features + i], head[i], 1e-4);
            Assert.IsTrue(Math.Abs(head[features + i]) < 0.001, "a fresh row for fine-tuning is small");
            Assert.AreEqual(old[i], head[2 * features + i], 1e-4);
        }
        Assert.AreEqual(5, bias[0], 1e-4);
        Assert.AreEqual(0, bias[1], 1e-4);
        Assert.AreEqual(1, bias[2], 1e-4);
        StringAssert.Contains(string.Join('\n', messages), $"2 classes use rows of the head of '{options.Weights}', which has 7 classes; 1 get");
    }

    [TestMethod]
    public void HeadIndicesThatDoNotFit_AreRefused_NamingOptionAndRange()
    {
        WeightSet pretrained = WeightInitializer.Create(TinyModel.Config with { ClassCount = 7 }, seed: 1);
        foreach (var (indices, parts) in new (int[], string[])[]
        {
            ([0, 1], ["HeadIndices has 2 indices", "3 classes"]),
            ([0, 7, 1], ["HeadIndices", "index 1 of 3 is 7", "0 to 6", "weights.safetensors"]),
            ([0, 1, -2], ["HeadIndices", "index 2 of 3 is -2", "0 to 6"]),
        })
        {
            ConvNeXtTrainer.Options options = CreateOptions(pretrained, indices);
            var error = Assert.ThrowsExactly<ArgumentException>(() => TinyModel.Fit(new MLContext(seed: 1), options));
            foreach (string part in parts) StringAssert.Contains(error.Message, part);
        }
        ConvNeXtTrainer.Options fromScratch = CreateOptions(pretrained, [0, 1, 2]);
        fromScratch.Weights = null;
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TinyModel.Fit(new MLContext(seed: 1), fromScratch)).Message, "it needs Weights");
    }

    private ConvNeXtTrainer.Options CreateOptions(WeightSet pretrained, int[] indices)
    {
        string path = Path.Combine(_folder, "weights.safetensors");
        SafetensorsWriter.Write(path, pretrained);
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.Recipe = options.Recipe!.With(training => training with { LearningRate = 1e-9, MinLearningRate = 0 });
        options.ValidationSetFraction = null;
        options.Weights = path;
        options.HeadIndices = indices;
        return options;
    }

    private static ConvNeXtFeaturizingTransformer Featurize(string weights, ConvNeXtConfig config, bool accept = false)
    {
        var context = new MLContext(seed: 1);
        var options = new ConvNeXtFeaturizingEstimator.Options { Weights = weights, Config = config, AcceptNonCommercialLicense = accept };
        return context.Transforms.ConvNeXtFeaturizer(options).Fit(context.Data.LoadFromEnumerable(TinyModel.TestSet));
    }
}
