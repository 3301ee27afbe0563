using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Training;
using Microsoft.ML;

namespace ConvNeXt.Tests.Training;

/// <summary>The options that change single values of a recipe.</summary>
[TestClass]
public sealed class OptionOverrideTests
{
    [TestMethod]
    public void TrainedWeights_AreFineTuned_AndOthersAreTrainedFromScratch()
    {
        Assert.AreSame(Recipe.FewImages, Choose(new ConvNeXtTrainer.Options()));
        Assert.AreSame(Recipe.FewImages, Choose(new ConvNeXtTrainer.Options { Variant = ConvNeXtVariant.Atto }));
        Assert.AreSame(Recipe.SmallDataFineTune, Choose(new ConvNeXtTrainer.Options { Weights = "tiny.pth" }));
        Assert.AreSame(Recipe.SmallDataFineTune, Choose(new ConvNeXtTrainer.Options { InitialModel = TinyModel.Transformer }));
        Assert.AreSame(Recipe.SmallData, Choose(new ConvNeXtTrainer.Options { Weights = ConvNeXtWeights.None }));
        Assert.AreSame(Recipe.SmallData, Choose(new ConvNeXtTrainer.Options { Variant = ConvNeXtVariant.Pico }));
        Assert.AreSame(Recipe.SmallData, Choose(new ConvNeXtTrainer.Options { Config = TinyModel.Config }));
    }

    [TestMethod]
    public void OneChangedValue_ChangesThatValueOnly()
    {
        Changes(options => options.BatchSize = 8, training => training with { BatchSize = 8 });
        Changes(options => options.LearningRate = 1e-3, training => training with { LearningRate = 1e-3 });
        Changes(options => options.LearningRate = 1e-8, training => training with { LearningRate = 1e-8, MinLearningRate = 1e-8 });
        Changes(options => options.ImageSize = 160, training => training with { Preprocessing = training.Preprocessing with { Size = 160 } });
        Changes(
            options => (options.ImageSize, options.ImageWidth) = (64, 192),
            training => training with { Preprocessing = training.Preprocessing with { Size = 64, Width = 192 } });
        Changes(options => options.ImageWidth = 192, training => training with { Preprocessing = training.Preprocessing with { Width = 192 } });
        Changes(options => options.Seed = 7, training => training with { Seed = 7 });
        Changes(options => options.MaxTrainingTime = TimeSpan.FromMinutes(1), training => training with { MaxTrainingTime = TimeSpan.FromMinutes(1) });
        Changes(options => options.EarlyStoppingPatience = 4, training => training with { EarlyStoppingPatience = 4 });
        Changes(options => options.MetricsFile = "m.csv", training => training with { MetricsFile = "m.csv" });
        Changes(options => options.SkipUnreadableImages = true, training => training with { SkipUnreadableImages = true });
        Changes(options => options.ThreadCount = 3, training => training with { ComputeThreads = 3, LoaderThreads = 3 });
        Changes(options => options.Augmentation = AugmentationPreset.None, training => training with { Crop = null, HorizontalFlip = 0, RandomErasing = null });
        Changes(
            options => options.Augmentation = AugmentationPreset.Light,
            training => training with { Crop = new RandomResizedCrop { MinScale = 0.7 }, RandomErasing = null });
        Changes(options => options.Augmentation = AugmentationPreset.Standard, training => training);
        Changes(
            options => options.Augmentation = AugmentationPreset.Strong,
            training => training with { Crop = new RandomResizedCrop(), RandAugment = new RandAugment(), Mixup = new Mixup() });
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    [DataRow(20)]
    public void OtherEpochs_ScaleTheWarmup_AndKeepTheRateOfTheRecipe(int epochs)
    {
        foreach (Recipe? recipe in new[] { null, Recipe.SmallData, Recipe.SmallData.With(training => training with { WarmupEpochs = 150 }) })
        {
            var options = new ConvNeXtTrainer.Options { Recipe = recipe, Epochs = epochs };
            TrainingOptions unchanged = Effective(new ConvNeXtTrainer.Options { Recipe = recipe }), training = Effective(options);
            Assert.AreEqual(epochs, training.Epochs);
            Assert.AreEqual(unchanged.WarmupEpochs * epochs / unchanged.Epochs, training.WarmupEpochs);
            Assert.AreEqual(unchanged with { Epochs = epochs, MinSteps = 0, WarmupEpochs = training.WarmupEpochs }, training);
            new MLContext(seed: 1).MulticlassClassification.Trainers.ConvNeXt(options);
        }
    }

    [TestMethod]
    public void OtherEpochs_AreNotRaisedToTheLeastStepsOfTheRecipe()
    {
        Recipe recipe = Recipe.SmallData.With(training => training with { MinSteps = 500 });
        Assert.AreEqual(500, Effective(new ConvNeXtTrainer.Options { Recipe = recipe, BatchSize = 4 }).MinSteps);
        Assert.AreEqual(0, Effective(new ConvNeXtTrainer.Options { Recipe = recipe, Epochs = 3 }).MinSteps);
    }

    [TestMethod]
    public void Contradictions_AreRefused_NamingTheOption()
    {
        Refuses(options => options.Epochs = 0, "Epochs");
        Refuses(options => options.BatchSize = 0, "BatchSize");
        Refuses(options => options.LearningRate = 0, "LearningRate");
        Refuses(options => options.LearningRate = double.NaN, "LearningRate");
        Refuses(options => options.ImageSize = 16, "ImageSize");
        Refuses(options => options.ImageWidth = 16, "ImageWidth");
        Refuses(options => options.MaxTrainingTime = TimeSpan.Zero, "MaxTrainingTime");
        Refuses(options => options.ThreadCount = -1, "ThreadCount");
        Refuses(options => options.Augmentation = (AugmentationPreset)9, "Augmentation");
        Refuses(options => options.EarlyStoppingPatience = 0, "EarlyStoppingPatience");
        Refuses(options => (options.EarlyStoppingPatience, options.ValidationSetFraction) = (3, null), "EarlyStoppingPatience", "ValidationSetFraction");
        Refuses(options => (options.BatchSize, options.Augmentation) = (1, AugmentationPreset.Strong), "BatchSize", "Mixup");
        Refuses(
            options => (options.Epochs, options.Recipe) = (3, Recipe.SmallDataFineTune.With(training => training with { FreezeBackboneEpochs = 5 })),
            "Epochs", "freezes the backbone for 5 epochs");
        Refuses(
            options => (options.Augmentation, options.Recipe) = (AugmentationPreset.Light, Recipe.SmallDataFineTune.With(t => t with { LinearProbe = true })),
            "Augmentation", "LinearProbe");
        Refuses(options => (options.Variant, options.Config) = (ConvNeXtVariant.Tiny, TinyModel.Config), "Variant", "Config");
        Refuses(options => (options.Variant, options.Weights) = (ConvNeXtVariant.Tiny, ConvNeXtWeights.Packaged), "Variant", "Atto");
        Refuses(options => (options.Variant, options.InitialModel) = (ConvNeXtVariant.Tiny, TinyModel.Transformer), "Variant", "test network");
        Refuses(options => options.HeadIndices = [0, 1], "HeadIndices", "Weights");

        static void Refuses(Action<ConvNeXtTrainer.Options> change, string option, string part = "")
        {
            var options = new ConvNeXtTrainer.Options();
            change(options);
            try
            {
                new MLContext(seed: 1).MulticlassClassification.Trainers.ConvNeXt(options);
            }
            catch (ArgumentException error)
            {
                Assert.AreEqual(option, error.ParamName);
                StringAssert.Contains(error.Message, option);
                StringAssert.Contains(error.Message, part);
                return;
            }
            Assert.Fail($"{option} was accepted.");
        }
    }

    private static void Changes(Action<ConvNeXtTrainer.Options> change, Func<TrainingOptions, TrainingOptions> expected)
    {
        foreach (ConvNeXtTrainer.Options options in new[] { new ConvNeXtTrainer.Options(), new() { Recipe = Recipe.SmallData }, new() { Weights = "tiny.pth" } })
        {
            TrainingOptions before = Effective(options);
            change(options);
            Assert.AreEqual(expected(before), Effective(options));
            new MLContext(seed: 1).MulticlassClassification.Trainers.ConvNeXt(options);
        }
    }

    private static Recipe Choose(ConvNeXtTrainer.Options options) => RecipeChoice.Choose(TrainingStarts.Find(options));

    private static TrainingOptions Effective(ConvNeXtTrainer.Options options) => OptionOverrides.Apply(options, options.Recipe ?? Choose(options));
}
