using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Distillation;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Training;
using Microsoft.ML;

namespace ConvNeXt.Tests.Training;

/// <summary>Training that learns from a trained classifier.</summary>
[TestClass]
public sealed class TeacherTests
{
    [TestMethod]
    public void Labels_AreMatchedByValue_WhateverTheirOrder()
    {
        var context = new MLContext(seed: 1);
        IDataView reversed = TinyModel.WithKeys(context, TinyModel.TrainingImages.Reverse());
        TrainingTeacher teacher = TeacherModel.Create(Taught(), LabelColumn.Find(reversed, "Label", () => { }))!;
        CollectionAssert.AreEqual(new[] { "across", "disc", "down" }, TinyModel.Transformer.LabelNames.ToArray());
        CollectionAssert.AreEqual(new[] { 2, 1, 0 }, teacher.Classes!.Value.ToArray());
    }

    [TestMethod]
    public void OtherLabels_AreRefused_AndNamed()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => TinyModel.Fit(
            new MLContext(seed: 1), Taught(), TinyModel.TrainingImages.Select(image => image.Label == "disc" ? new LabeledImage { ImagePath = image.ImagePath, Label = "ball" } : image)));
        StringAssert.Contains(error.Message, "Missing in the model: 'ball'.");
        StringAssert.Contains(error.Message, "Only in the model: 'disc'.");
    }

    [TestMethod]
    public void ImagesWithoutALabel_LearnFromTheTeacher_AtAnotherSizeAndNormalization()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 10);
        options.Recipe = options.Recipe!.With(training => training with { Preprocessing = ImagePreprocessing.ForSize(40), NormalizeByTrainingSet = true });
        double alone = Accuracy(TinyModel.Fit(new MLContext(seed: 1), options, WithFewLabels()));
        options.Teacher = TinyModel.Transformer;
        options.Distillation = new DistillationOptions { Temperature = 1, TeacherWeight = 0.9 };
        var context = new MLContext(seed: 1);
        var messages = new List<string>();
        context.Log += (_, message) => messages.Add(message.Message);
        double taught = Accuracy(TinyModel.Fit(context, options, WithFewLabels()));
        Assert.IsTrue(taught > alone + 0.1, $"with teacher {taught}, without {alone}");
        Assert.IsTrue(messages.Any(message => message.Contains("63 images without a label learn from the teacher only")), string.Join('\n', messages));
    }

    [TestMethod]
    public void SameSeed_GivesTheSameModel_AndTheTeacherChangesIt()
    {
        ConvNeXtTrainer.Options options = Taught();
        float[] once = Fit(), again = Fit();
        options.Teacher = null;
        CollectionAssert.AreEqual(once, again);
        CollectionAssert.AreNotEqual(once, Fit());

        float[] Fit() => TinyModel.Fit(new MLContext(seed: 3), options).Weights["head.weight"].Values;
    }

    [TestMethod]
    public void FeatureMaps_AreLearned_IfTheImageSizeIsTheTeachers()
    {
        ConvNeXtTrainer.Options options = Taught();
        options.Distillation = new DistillationOptions { FeatureWeight = 0.5, FeatureStages = [1, 3] };
        Assert.HasCount(3, TinyModel.Fit(new MLContext(seed: 1), options).LabelNames);
        options.ImageSize = 64;
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TinyModel.Fit(new MLContext(seed: 1), options)).Message, "must have the same size");
    }

    [TestMethod]
    public void LearningRateTest_TrainsWithTheTeacher()
    {
        var context = new MLContext(seed: 1);
        IDataView data = TinyModel.WithKeys(context, WithFewLabels());
        Assert.HasCount(20, context.MulticlassClassification.Trainers.ConvNeXt(Taught()).FindLearningRate(data, new() { Steps = 20, DivergenceFactor = 1e6 }).Points);
    }

    [TestMethod]
    public void OptionsThatCannotBe_AreRefusedByTheTrainer()
    {
        var context = new MLContext();
        var withoutTeacher = new ConvNeXtTrainer.Options { Distillation = new DistillationOptions() };
        StringAssert.Contains(Refused(withoutTeacher).Message, "needs a Teacher");
        ITransformer noClassifier = context.Transforms.CopyColumns("A", "Label").Fit(TinyModel.WithKeys(context, TinyModel.TrainingImages));
        StringAssert.Contains(Refused(new ConvNeXtTrainer.Options { Teacher = noClassifier }).Message, "Teacher is a ColumnCopyingTransformer that contains 0");
        ConvNeXtTrainer.Options wrong = Taught();
        wrong.Distillation = new DistillationOptions { Temperature = -1 };
        StringAssert.Contains(Refused(wrong).Message, "Temperature is -1");

        ArgumentException Refused(ConvNeXtTrainer.Options options)
        {
            try
            {
                context.MulticlassClassification.Trainers.ConvNeXt(options);
            }
            catch (ArgumentException e)
            {
                return e;
            }
            throw new AssertFailedException("It was not refused.");
        }
    }

    private static ConvNeXtTrainer.Options Taught()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.ValidationSetFraction = null;
        options.Teacher = TinyModel.Transformer;
        return options;
    }

    // One image in eight keeps its label.
    private static IEnumerable<LabeledImage> WithFewLabels() =>
        TinyModel.TrainingImages.Select((image, i) => i % 8 == 0 ? image : new LabeledImage { ImagePath = image.ImagePath, Label = "" });

    private static double Accuracy(ConvNeXtClassificationTransformer model)
    {
        var context = new MLContext();
        IDataView scored = model.Transform(TinyModel.WithKeys(context, TinyModel.TestSet));
        return context.MulticlassClassification.Evaluate(scored).MicroAccuracy;
    }
}
