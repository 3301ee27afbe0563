using System.Text.Json;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Training.Recipes;

namespace ConvNeXt.Tests.Training.Recipes;

/// <summary>The recipes against the numbers of the official commands and tables.</summary>
[TestClass]
public sealed class OfficialRecipeTests
{
    [TestMethod]
    public void ImageNet1K_IsTheOfficialOne()
    {
        var golden = Golden("in1k_pretrain");
        foreach (var (name, variant) in V1().Take(4))
        {
            var recipe = Recipe.ImageNet1K(variant);
            AssertHyperparameters(golden, recipe);
            Assert.AreEqual(golden.GetProperty("drop_path").GetProperty(name).GetSingle(), recipe.DropPathRate, name);
            Assert.AreEqual(golden.GetProperty("layer_scale").GetSingle(), recipe.ApplyTo(ConvNeXtArchitectures.Get(variant)).LayerScaleInit);
            Assert.AreEqual(1, recipe.Training.HeadInitScale);
            Assert.AreEqual(ImagePreprocessing.ForSize(224), recipe.Training.Preprocessing);
        }
    }

    [TestMethod]
    [DataRow("small", ConvNeXtVariant.IsotropicSmall)]
    [DataRow("base", ConvNeXtVariant.IsotropicBase)]
    [DataRow("large", ConvNeXtVariant.IsotropicLarge)]
    public void ImageNet1K_OfIsotropicNetworks_WarmsUpLonger(string name, ConvNeXtVariant variant)
    {
        var golden = Golden("in1k_pretrain").GetProperty("isotropic");
        var recipe = Recipe.ImageNet1K(variant);
        Assert.AreEqual(golden.GetProperty("warmup_epochs").GetInt32(), recipe.Training.WarmupEpochs);
        Assert.AreEqual(golden.GetProperty("drop_path").GetProperty(name).GetSingle(), recipe.DropPathRate);
        Assert.AreEqual(golden.GetProperty("layer_scale").GetProperty(name).GetSingle(), recipe.ApplyTo(ConvNeXtArchitectures.Get(variant)).LayerScaleInit ?? 0);
    }

    [TestMethod]
    public void ImageNet22K_IsTheOfficialOne_AndCodeAndPaperAgree()
    {
        var golden = Golden("in22k_pretrain");
        foreach (var (name, variant) in V1())
        {
            var recipe = Recipe.ImageNet22K(variant);
            AssertHyperparameters(golden, recipe);
            AssertDropPath(golden, name, recipe);
            Assert.IsNull(recipe.Training.AverageDecay);
            Assert.AreEqual(Recipe.ImageNet1K(variant).Training with { Epochs = 90, WarmupEpochs = 5, AverageDecay = null }, recipe.Training, "all else is as on ImageNet-1K");
        }
    }

    [TestMethod]
    [DataRow("base", ConvNeXtVariant.Base)]
    [DataRow("large", ConvNeXtVariant.Large)]
    public void FineTuningFromImageNet1K_IsTheOfficialOne(string name, ConvNeXtVariant variant)
    {
        var golden = Golden("finetune_384_from_1k");
        var recipe = Recipe.FineTune(variant, PretrainingData.ImageNet1K, 384);
        AssertHyperparameters(golden, recipe);
        Assert.AreEqual(golden.GetProperty("drop_path").GetProperty(name).GetSingle(), recipe.DropPathRate);
        Assert.AreEqual(ResizeMode.Squash, recipe.Training.Preprocessing.ResizeMode);
        Assert.IsNull(recipe.Training.AverageDecay);
    }

    [TestMethod]
    public void FineTuningFromImageNet22K_IsTheOfficialOne_AndCodeAndPaperAgree()
    {
        var golden = Golden("finetune_from_22k");
        foreach (var (name, variant) in V1())
        {
            var recipe = Recipe.FineTune(variant, PretrainingData.ImageNet22K, 224);
            AssertHyperparameters(golden, recipe);
            AssertDropPath(golden, name, recipe);
            Assert.IsNull(recipe.Training.Mixup);
            Assert.AreEqual(0.1, recipe.Training.LabelSmoothing);
            Assert.AreEqual(new RandAugment(), recipe.Training.RandAugment);
            Assert.AreEqual(0.25, recipe.Training.RandomErasing!.Probability);
            Assert.AreEqual(variant == ConvNeXtVariant.XLarge ? 0.9999 : null, recipe.Training.AverageDecay, golden.GetProperty("ema").GetString());
        }
    }

    [TestMethod]
    [DataRow("atto", ConvNeXtVariant.V2Atto)]
    [DataRow("tiny", ConvNeXtVariant.V2Tiny)]
    [DataRow("base", ConvNeXtVariant.V2Base)]
    public void FineTuningOfV2_IsTheOfficialExample(string name, ConvNeXtVariant variant)
    {
        var golden = Golden("v2_finetune_examples").GetProperty(name);
        var recipe = Recipe.FineTune(variant, PretrainingData.MaskedAutoencoder, 224);
        AssertHyperparameters(golden, recipe);
        Assert.AreEqual(golden.GetProperty("blr").GetDouble() * recipe.Training.BatchSize / 256, recipe.Training.LearningRate, 1e-15);
        Assert.AreEqual(golden.GetProperty("drop_path").GetSingle(), recipe.DropPathRate);
        Assert.AreEqual(golden.GetProperty("layer_decay_type").GetString() == "single" ? LayerDecayRule.Single : LayerDecayRule.Groups, recipe.Training.LayerDecayRule);
    }

    [TestMethod]
    public void EveryVariant_HasValidRecipes_AndOthersThanV2NoMaskedAutoencoder()
    {
        foreach (var variant in Enum.GetValues<ConvNeXtVariant>())
        {
            Recipe.ImageNet1K(variant).Validate();
            Recipe.ImageNet22K(variant).Validate();
            Recipe.FineTune(variant, PretrainingData.ImageNet1K, 384).Validate();
            Recipe.FineTune(variant, PretrainingData.ImageNet22K).Validate();
            if (ConvNeXtArchitectures.Get(variant).GlobalResponseNorm)
                Recipe.FineTune(variant, PretrainingData.MaskedAutoencoder).Validate();
            else
                Assert.ThrowsExactly<ArgumentException>(() => Recipe.FineTune(variant, PretrainingData.MaskedAutoencoder));
        }
        Recipe.SmallData.Validate();
    }

    [TestMethod]
    public void LearningRates_ScaleWithTheImagesOfAStep()
    {
        var recipe = Recipe.FineTune(ConvNeXtVariant.Tiny, PretrainingData.ImageNet22K).ScaledTo(16, accumulateBatches: 4);
        Assert.AreEqual((16, 4), (recipe.Training.BatchSize, recipe.Training.AccumulateBatches));
        Assert.AreEqual(5e-5 / 8, recipe.Training.LearningRate, 1e-18);
        Assert.AreEqual(1e-6 / 8, recipe.Training.MinLearningRate, 1e-20);
        Assert.AreEqual(5e-5, recipe.ScaledTo(512).Training.LearningRate, 1e-18, "and back");
    }

    [TestMethod]
    public void FewerEpochs_HaveAShorterWarmup()
    {
        var recipe = Recipe.ImageNet1K(ConvNeXtVariant.Tiny);
        Assert.AreEqual((30, 2), (recipe.WithEpochs(30).Training.Epochs, recipe.WithEpochs(30).Training.WarmupEpochs));
        Assert.AreEqual(0, recipe.WithEpochs(1).Training.WarmupEpochs);
        recipe.WithEpochs(1).Validate();
    }

    [TestMethod]
    public void ARecipe_ChangesOfANetworkOnlyWhatBelongsToTraining()
    {
        var recipe = Recipe.SmallData with { DropPathRate = 0.25f, LayerScaleInit = 0.1f };
        var config = ConvNeXtArchitectures.Get(ConvNeXtVariant.Atto) with { ClassCount = 3 };
        Assert.AreEqual(config with { DropPathRate = 0.25f, LayerScaleInit = 0.1f }, recipe.ApplyTo(config));
        Assert.IsNull(recipe.ApplyTo(ConvNeXtArchitectures.Get(ConvNeXtVariant.V2Atto)).LayerScaleInit, "what has no layer scale gets none");
        Assert.AreEqual(7, recipe.With(training => training with { Epochs = 7 }).Training.Epochs);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => (recipe with { DropPathRate = 1 }).Validate());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => (recipe with { LayerScaleInit = 0 }).Validate());
    }

    // Whatever of these a part of the file has is what the recipe has.
    private static void AssertHyperparameters(JsonElement golden, Recipe recipe)
    {
        var training = recipe.Training;
        var mixup = training.Mixup;
        var actual = new Dictionary<string, double>
        {
            ["lr"] = training.LearningRate,
            ["min_lr"] = training.MinLearningRate,
            ["weight_decay"] = training.WeightDecay,
            ["batch"] = training.BatchSize * training.AccumulateBatches,
            ["epochs"] = training.Epochs,
            ["warmup_epochs"] = training.WarmupEpochs,
            ["mixup"] = mixup?.MixupAlpha ?? 0,
            ["cutmix"] = mixup?.CutMixAlpha ?? 0,
            ["smoothing"] = training.LabelSmoothing,
            ["reprob"] = training.RandomErasing?.Probability ?? 0,
            ["layer_decay"] = training.LayerDecay,
            ["head_init_scale"] = training.HeadInitScale ?? double.NaN,
            ["ema_decay"] = training.AverageDecay ?? double.NaN,
        };
        foreach (var (key, value) in actual)
            if (golden.TryGetProperty(key, out var expected)) Assert.AreEqual(expected.GetDouble(), value, $"{recipe.Name}: {key}");
        if (golden.TryGetProperty("clip_grad", out _)) Assert.IsNull(training.MaxGradientNorm);
        if (golden.TryGetProperty("aa", out var augment)) Assert.AreEqual(augment.GetString(), Describe(training.RandAugment!));
    }

    private static void AssertDropPath(JsonElement golden, string name, Recipe recipe)
    {
        foreach (string source in new[] { "drop_path_training_md", "drop_path_paper_table" })
            if (golden.GetProperty(source).TryGetProperty(name, out var expected)) Assert.AreEqual(expected.GetSingle(), recipe.DropPathRate, $"{recipe.Name}: {source}");
    }

    private static string Describe(RandAugment augment) =>
        FormattableString.Invariant($"rand-m{augment.Magnitude}-mstd{augment.MagnitudeDeviation}{(augment.Increasing ? "-inc1" : "")}");

    private static (string Name, ConvNeXtVariant Variant)[] V1() =>
    [
        ("tiny", ConvNeXtVariant.Tiny),
        ("small", ConvNeXtVariant.Small),
        ("base", ConvNeXtVariant.Base),
        ("large", ConvNeXtVariant.Large),
        ("xlarge", ConvNeXtVariant.XLarge),
    ];

    private static JsonElement Golden(string part) => GoldenRecipe.Read("hyperparameters.json").GetProperty(part);
}
