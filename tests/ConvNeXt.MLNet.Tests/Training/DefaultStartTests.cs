using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Weights;
using Microsoft.ML;

namespace ConvNeXt.Tests.Training;

/// <summary>What training starts from and which network it is, where the options do not set both.</summary>
[TestClass]
public sealed class DefaultStartTests
{
    private readonly string _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void WithNothingSet_TrainingStartsFromThePackagedWeights_WithASolvedHeadInAShortRun()
    {
        WeightSet packaged = PackagedWeights.Load(null).Weights;
        ConvNeXtClassificationTransformer model = Train(new ConvNeXtTrainer.Options());

        Assert.AreEqual("convnext_atto", model.Config.Name);
        Near(packaged["stages.2.3.pwconv1.weight"].Values, model.Weights["stages.2.3.pwconv1.weight"].Values);
        CollectionAssert.AreEqual(new[] { 3, 320 }, model.Weights["head.weight"].Shape.ToArray());
        Assert.IsGreaterThan(0.01f, model.Weights["head.weight"].Values.Max(Math.Abs), "a solved head has large weights");
        Assert.AreEqual("the weights in the package", model.TrainingInfo!.Start);
        Assert.AreEqual("few images", model.TrainingInfo.Recipe);
    }

    [TestMethod]
    public void ARunOfManySteps_StartsFromAFreshHead()
    {
        Recipe recipe = Recipe.FewImages.With(training => training with { SolveHeadBelowSteps = 1 });
        ConvNeXtClassificationTransformer model = Train(new ConvNeXtTrainer.Options { Recipe = recipe });
        Assert.IsLessThan(0.01f, model.Weights["head.weight"].Values.Max(Math.Abs));
    }

    [TestMethod]
    public void ThePackagedWeights_AreFinite_AndReadAnewByEachCall()
    {
        WeightSet first = PackagedWeights.Load(null).Weights, second = PackagedWeights.Load(null).Weights;
        Assert.IsTrue(first.Tensors.All(tensor => tensor.Values.All(float.IsFinite)));
        Assert.AreNotSame(first["head.bias"].Values, second["head.bias"].Values, "a caller may change them");
    }

    [TestMethod]
    public void WeightsNone_OrAnotherVariant_TrainFromScratch_AndTheLogSaysSo()
    {
        foreach (var options in new ConvNeXtTrainer.Options[] { new() { Weights = ConvNeXtWeights.None }, new() { Variant = ConvNeXtVariant.V2Atto } })
        {
            var log = new StringWriter();
            ConvNeXtClassificationTransformer model = Train(options, new MLContext(seed: 1).PrintConvNeXtProgress(log));
            Assert.AreEqual("from scratch", model.TrainingInfo!.Start);
            Assert.AreEqual("small data", model.TrainingInfo.Recipe);
            StringAssert.Contains(log.ToString(), "Start: from scratch");
            Near(WeightInitializer.Create(model.Config, seed: 1)["stages.2.3.dwconv.weight"].Values, model.Weights["stages.2.3.dwconv.weight"].Values);
        }
    }

    [TestMethod]
    public void TheVariant_IsThatOfTheWeights()
    {
        string pico = Path.Combine(_folder, "weights.safetensors");
        SafetensorsWriter.Write(pico, WeightInitializer.Create(ConvNeXtArchitectures.Get(ConvNeXtVariant.Pico) with { ClassCount = 5 }, seed: 1));
        Assert.AreEqual("convnext_pico", Train(new ConvNeXtTrainer.Options { Weights = pico }).Config.Name);

        string custom = Path.Combine(_folder, "custom.safetensors");
        SafetensorsWriter.Write(custom, WeightInitializer.Create(TinyModel.Config with { ClassCount = 5 }, seed: 1));
        CollectionAssert.AreEqual(TinyModel.Config.Widths, Train(new ConvNeXtTrainer.Options { Weights = custom }).Config.Widths);
    }

    [TestMethod]
    public void WeightsOfAnotherVariant_AreRefusedInOneLine_ThatNamesIt()
    {
        string path = Path.Combine(_folder, "weights.safetensors");
        SafetensorsWriter.Write(path, WeightInitializer.Create(ConvNeXtArchitectures.Get(ConvNeXtVariant.Pico) with { ClassCount = 5 }, seed: 1));
        var options = new ConvNeXtTrainer.Options { Weights = path, Variant = ConvNeXtVariant.Atto };
        var error = Assert.ThrowsExactly<WeightMismatchException>(() => Train(options));
        Assert.AreEqual($"{path}: these are the weights of convnext_pico (variant Pico), not of convnext_atto.", error.Message);
        Assert.IsTrue(error.Problems.Length > 100);
        var featurizer = new ConvNeXtFeaturizingEstimator.Options { Weights = path, Variant = ConvNeXtVariant.Atto };
        var context = new MLContext(seed: 1);
        StringAssert.Contains(
            Assert.ThrowsExactly<WeightMismatchException>(
                () => context.Transforms.ConvNeXtFeaturizer(featurizer).Fit(context.Data.LoadFromEnumerable(TinyModel.TestSet))).Message,
            "variant Pico");
    }

    [TestMethod]
    public void AnUnknownNetwork_IsRefusedWithTenTensors_AndTheNumberOfTheOthers()
    {
        string path = Path.Combine(_folder, "weights.safetensors");
        SafetensorsWriter.Write(path, WeightInitializer.Create(TinyModel.Config with { ClassCount = 5 }, seed: 1));
        var options = new ConvNeXtTrainer.Options { Weights = path, Variant = ConvNeXtVariant.Atto };
        var error = Assert.ThrowsExactly<WeightMismatchException>(() => Train(options));
        string[] lines = error.Message.Split(Environment.NewLine);
        Assert.AreEqual(12, lines.Length);
        Assert.AreEqual($"  ... and {error.Problems.Length - 10} more", lines[^1]);
    }

    /// <summary>Trains for one small epoch in which the weights hardly change.</summary>
    private static ConvNeXtClassificationTransformer Train(ConvNeXtTrainer.Options options, MLContext? context = null)
    {
        (options.Epochs, options.ImageSize, options.LearningRate, options.ValidationSetFraction) = (1, 32, 1e-9, null);
        return TinyModel.Fit(context ?? new MLContext(seed: 1), options, TinyModel.TrainingImages.Where((_, index) => index % 6 == 0));
    }

    private static void Near(float[] expected, float[] actual)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], 1e-6f);
    }
}
