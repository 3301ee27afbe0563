using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.Backbone.Weights.Pretrained;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests.Training;

/// <summary>Training prepares images as the weights it starts from want it.</summary>
[TestClass]
public sealed class PublishedPreprocessingTests
{
    private const string Clip = "convnext_base.clip_laion2b_augreg_ft_in1k.safetensors", Torchvision = "convnext_tiny-983f1562.safetensors";

    private readonly string _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void WeightsOfClip_TrainWithTheirMeanAndDeviation_AsTheFeaturizerReadsThem()
    {
        string path = Write(Clip);
        ImagePreprocessing trained = Train(path, imageSize: 48).Preprocessing;
        Assert.AreEqual(0.48145466f, trained.Mean.Red);
        Assert.AreEqual(0.26862954f, trained.StandardDeviation.Red);
        Assert.AreEqual(48, trained.Size);

        var context = new MLContext(seed: 1);
        var options = new ConvNeXtFeaturizingEstimator.Options { Weights = path, Config = TinyModel.Config, ImageSize = 48 };
        Assert.AreEqual(context.Transforms.ConvNeXtFeaturizer(options).Fit(context.Data.LoadFromEnumerable(TinyModel.TestSet)).Preprocessing, trained);
    }

    [TestMethod]
    public void WeightsOfTorchvision_TrainBilinear_WithTheirCrop()
    {
        PretrainedModel published = PretrainedModels.All.Single(row => row.FileName == Path.ChangeExtension(Torchvision, ".pth"));
        string path = Path.Combine(_folder, published.FileName!);
        SafetensorsWriter.Write(path, WeightInitializer.Create(TinyModel.Config with { ClassCount = 3 }, seed: 1));
        Assert.AreEqual(Interpolation.Bilinear, Train(path, imageSize: 40).Preprocessing.Interpolation);
        ImagePreprocessing full = Train(path, imageSize: 224).Preprocessing;
        Assert.AreEqual(published.Preprocessing, full);
        Assert.AreEqual(224 / 236.0, full.CropRatio);
    }

    [TestMethod]
    public void ACropThatTheRecipeSets_IsKept_WithTheNormalizationOfTheWeights()
    {
        Recipe recipe = TinyModel.CreateOptions(epochs: 1).Recipe!
            .With(training => training with { Preprocessing = ImagePreprocessing.ForSize(32) with { ResizeMode = ResizeMode.Squash } });
        ImagePreprocessing trained = Train(Write(Clip), imageSize: null, recipe).Preprocessing;
        Assert.AreEqual(ResizeMode.Squash, trained.ResizeMode);
        Assert.AreEqual(32, trained.Size);
        Assert.AreEqual(0.48145466f, trained.Mean.Red);
    }

    [TestMethod]
    public void AnInitialModel_PassesItsPreprocessingOn()
    {
        ConvNeXtClassificationTransformer first = Train(Write(Clip), imageSize: 48);
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        (options.Config, options.Recipe, options.Epochs, options.InitialModel) = (null, null, 1, first);
        Assert.AreEqual(first.Preprocessing, TinyModel.Fit(new MLContext(seed: 1), options).Preprocessing);
        options.ImageSize = 64;
        Assert.AreEqual(first.Preprocessing with { Size = 64 }, TinyModel.Fit(new MLContext(seed: 1), options).Preprocessing);
    }

    private static ConvNeXtClassificationTransformer Train(string weights, int? imageSize, Recipe? recipe = null)
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        (options.Weights, options.ImageSize, options.Recipe) = (weights, imageSize, recipe ?? options.Recipe);
        return TinyModel.Fit(new MLContext(seed: 1), options, TinyModel.TrainingImages.Where((_, index) => index % 4 == 0));
    }

    private string Write(string name)
    {
        string path = Path.Combine(_folder, name);
        SafetensorsWriter.Write(path, WeightInitializer.Create(TinyModel.Config with { ClassCount = 3 }, seed: 1));
        return path;
    }
}
