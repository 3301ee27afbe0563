using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Weights;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.Training;

/// <summary>Training that goes on from a model that was trained before.</summary>
[TestClass]
public sealed class InitialModelTests
{
    /// <summary>A pipeline of two of the three classes, saved and loaded as users do.</summary>
    private static readonly Lazy<ITransformer> LazyTwoClasses = new(() =>
    {
        var context = new MLContext(seed: 1);
        IDataView data = context.Data.LoadFromEnumerable(TinyModel.TrainingImages.Where(image => image.Label != "disc"));
        ITransformer model = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 8)))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        using var stream = new MemoryStream();
        context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        return context.Model.Load(stream, out _);
    });

    private static ITransformer TwoClasses => LazyTwoClasses.Value;

    private static ConvNeXtClassificationTransformer Classifier => TwoClasses.GetConvNeXtClassifier();

    [TestMethod]
    public void AddedClass_GetsAFreshRow_AndKnownLabelsKeepTheirs_WhateverTheirOrder()
    {
        CollectionAssert.AreEqual(new[] { "across", "down" }, Classifier.LabelNames.ToArray());
        var context = new MLContext(seed: 1);
        var messages = new List<string>();
        context.Log += (_, message) => messages.Add(message.Message);

        ConvNeXtClassificationTransformer model = TinyModel.Fit(context, StandingStill(), TinyModel.TrainingImages.Reverse());

        CollectionAssert.AreEqual(new[] { "down", "disc", "across" }, model.LabelNames.ToArray());
        float[] old = Classifier.Weights["head.weight"].Values, head = model.Weights["head.weight"].Values;
        int width = head.Length / 3;
        AssertNear(old[width..], head[..width]);
        AssertNear(old[..width], head[(2 * width)..]);
        Assert.IsTrue(head[width..(2 * width)].Max(Math.Abs) is > 0 and < 0.001f, "a fresh row is small");
        AssertNear(Classifier.Weights["stages.2.0.dwconv.weight"].Values, model.Weights["stages.2.0.dwconv.weight"].Values);
        Assert.IsTrue(messages.Any(message => message.Contains("2 of 2 rows are kept") && message.Contains("1 classes get a fresh row: 'disc'")), string.Join('\n', messages));
    }

    [TestMethod]
    public void WarmStart_WithNothingSaidAboutTraining_FineTunesAtTheModelsImageSize()
    {
        int epochs = 0;
        var options = new ConvNeXtTrainer.Options { InitialModel = TwoClasses, ValidationSetFraction = null, ProgressCallback = progress => epochs = progress.Epochs };
        ConvNeXtClassificationTransformer model = TinyModel.Fit(new MLContext(seed: 1), options);
        Assert.IsGreaterThanOrEqualTo(Recipe.SmallDataFineTune.Training.Epochs, epochs);
        Assert.AreEqual(Classifier.Preprocessing, model.Preprocessing);
    }

    [TestMethod]
    public void WarmStart_LearnsTheAddedClass_BetterThanFromScratchInTheSameTime()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 3);
        options.ValidationSetFraction = null;
        double scratch = Accuracy(TinyModel.Fit(new MLContext(seed: 1), options));
        options.Config = null;
        options.InitialModel = TwoClasses;
        double warm = Accuracy(TinyModel.Fit(new MLContext(seed: 1), options));
        Assert.IsTrue(warm > scratch + 0.1, $"warm {warm}, from scratch {scratch}");
    }

    [TestMethod]
    public void OtherImageSize_IsTrainedOn_NormalisedAsTheModelWas()
    {
        ConvNeXtTrainer.Options options = StandingStill();
        ImagePreprocessing larger = ImagePreprocessing.ForSize(48) with { Mean = new RgbTriple(0, 0, 0) };
        options.Recipe = options.Recipe!.With(training => training with { Preprocessing = larger, NormalizeByTrainingSet = true });
        ConvNeXtClassificationTransformer model = TinyModel.Fit(new MLContext(seed: 1), options, TinyModel.TrainingImages.Where(image => image.Label != "disc"));
        Assert.AreEqual(larger with { Mean = Classifier.Preprocessing.Mean }, model.Preprocessing);

        var context = new MLContext();
        LabeledImage[] images = [.. TinyModel.TestSet.Where(image => image.Label != "disc")];
        double accuracy = context.MulticlassClassification.Evaluate(model.Transform(TinyModel.WithKeys(context, images))).MicroAccuracy;
        Assert.IsTrue(accuracy > 0.7, $"what was learned at 32 pixels holds at 48: {accuracy}");
    }

    [TestMethod]
    public void KeysWithoutValues_KeepTheHead_WhereTheirNumberFits()
    {
        var context = new MLContext(seed: 1);
        string[] labels = ["across", "down"];
        IDataView data = context.Data.LoadFromEnumerable(
            TinyModel.TrainingImages.Where(image => image.Label != "disc")
                .Select(image => new WithKey { ImagePath = image.ImagePath, Label = (uint)Array.IndexOf(labels, image.Label) }).ToArray());
        ConvNeXtClassificationTransformer model = context.MulticlassClassification.Trainers.ConvNeXt(StandingStill()).Fit(data);
        AssertNear(Classifier.Weights["head.weight"].Values, model.Weights["head.weight"].Values);
    }

    [TestMethod]
    public void ModelWithoutAClassifier_WithWeightsBesideIt_OrOfAnotherNetwork_IsAnError()
    {
        var context = new MLContext(seed: 1);
        IDataView data = TinyModel.WithKeys(context, TinyModel.TrainingImages);
        Fails(options => options.InitialModel = context.Transforms.CopyColumns("Copy", "Label").Fit(data), "InitialModel", "0 ConvNeXt classifiers");
        Fails(options => options.Weights = "x.safetensors", "InitialModel", "Weights");
        Fails(options => options.HeadIndices = [0, 1, 2], "InitialModel", "HeadIndices");
        Fails(options => options.Config = TinyModel.Config with { Widths = [8, 16, 24, 40] }, "InitialModel", "downsample_layers.3.1.weight");

        void Fails(Action<ConvNeXtTrainer.Options> change, params string[] parts)
        {
            ConvNeXtTrainer.Options options = StandingStill();
            change(options);
            try
            {
                context.MulticlassClassification.Trainers.ConvNeXt(options).Fit(data);
            }
            catch (Exception error) when (error is ArgumentException or WeightMismatchException)
            {
                foreach (string part in parts) StringAssert.Contains(error.Message, part);
                return;
            }
            Assert.Fail($"{parts[^1]} was accepted.");
        }
    }

    /// <summary>Starts from the model of two classes, and learns next to nothing.</summary>
    private static ConvNeXtTrainer.Options StandingStill()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.Config = null;
        options.InitialModel = TwoClasses;
        options.ValidationSetFraction = null;
        options.Recipe = options.Recipe!.With(training => training with { LearningRate = 1e-9, MinLearningRate = 0 });
        return options;
    }

    private static double Accuracy(ITransformer model)
    {
        var context = new MLContext();
        return context.MulticlassClassification.Evaluate(model.Transform(TinyModel.WithKeys(context, TinyModel.TestSet))).MicroAccuracy;
    }

    private static void AssertNear(float[] expected, float[] actual)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], 1e-6f);
    }

    private sealed class WithKey
    {
        public string ImagePath { get; set; } = "";

        [KeyType(2)]
        public uint Label { get; set; }
    }
}
