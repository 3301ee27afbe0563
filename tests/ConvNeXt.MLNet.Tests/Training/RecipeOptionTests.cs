using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests.Training;

[TestClass]
public sealed class RecipeOptionTests
{
    [TestMethod]
    public void Recipe_GivesTrainingOptionsStochasticDepthAndLayerScale()
    {
        var context = new MLContext(seed: 1);
        ConvNeXtTrainer.Options small = TinyModel.CreateOptions(epochs: 1);
        var options = new ConvNeXtTrainer.Options { Config = small.Config! with { LayerScaleInit = 1e-6f }, ValidationSetFraction = null };
        options.Recipe = (Recipe.SmallData with { DropPathRate = 0.2f, LayerScaleInit = 0.5f })
            .With(training => training with { Epochs = 1, WarmupEpochs = 0, Preprocessing = ImagePreprocessing.ForSize(32), LearningRate = 1e-9, MinLearningRate = 0 });

        ConvNeXtClassificationTransformer model = TinyModel.Fit(context, options);

        Assert.AreEqual(0.2f, model.Config.DropPathRate);
        Assert.AreEqual(32, model.Preprocessing.Size);
        Assert.AreEqual(0.5f, model.Weights["stages.0.0.gamma"].Values[0], 1e-6f);
    }

    [TestMethod]
    public void ARecipe_IsChecked()
    {
        var trainers = new MLContext(seed: 1).MulticlassClassification.Trainers;
        var wrong = new ConvNeXtTrainer.Options { Recipe = Recipe.SmallData.With(training => training with { Epochs = 0 }) };
        Assert.AreEqual(nameof(TrainingOptions.Epochs), Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.ConvNeXt(wrong)).ParamName);
    }

    [TestMethod]
    public void AShortRun_NeedsNoWordAboutTheWarmup()
    {
        Recipe.SmallData.With(training => training with { Epochs = 3 }).Validate();
        Recipe.SmallDataFineTune.With(training => training with { Epochs = 1 }).Validate();
        for (int epochs = 1; epochs <= 7; epochs++) new TrainingOptions { Epochs = epochs }.Validate();
        Assert.AreEqual(5, Recipe.SmallData.Training.WarmupEpochs);
        Assert.AreEqual(2, Recipe.SmallDataFineTune.Training.WarmupEpochs);
        Assert.AreEqual(5, new TrainingOptions().WarmupEpochs);
        var contradictory = new TrainingOptions { Epochs = 3, WarmupEpochs = 3 };
        Assert.AreEqual(nameof(TrainingOptions.WarmupEpochs), Assert.ThrowsExactly<ArgumentOutOfRangeException>(contradictory.Validate).ParamName);
    }
}
