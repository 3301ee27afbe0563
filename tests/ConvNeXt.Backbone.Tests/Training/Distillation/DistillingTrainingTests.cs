using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Distillation;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Distillation;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Training.Distillation;

/// <summary>Runs with a teacher: what it is shown, what is learned from it, and what does not fit.</summary>
[TestClass]
public sealed class DistillingTrainingTests
{
    [TestMethod]
    public void Teacher_SeesTheMixedPixelsOfTheStudent_InOneCallPerBatch()
    {
        List<float[]> shown = [], learned = [];
        var options = Lessons.Options with { Mixup = new Mixup(), RandomErasing = new RandomErasing() };
        var teacher = Lessons.Teacher with { Preprocessing = options.Preprocessing };
        Record(options, teacher, shown, batch => learned.Add(batch.Images[..(batch.Count * options.Preprocessing.Length)]));
        Assert.HasCount(3 * Lessons.Images / Lessons.BatchSize, learned);
        Assert.HasCount(learned.Count, shown);
        for (int i = 0; i < shown.Count; i++) CollectionAssert.AreEqual(learned[i], shown[i]);
    }

    [TestMethod]
    [DataRow(true, DisplayName = "fixed views")]
    [DataRow(false, DisplayName = "augmented views")]
    public void Objective_HasTheTeachersLogitsInTheStudentsClassOrder_AndAFixedViewIsScoredOnce(bool isFixed)
    {
        List<float[]> shown = [];
        using var direct = new ManagedScoringEngine(Lessons.Wider, Lessons.Teacher.Weights);
        var options = isFixed ? Lessons.Fixed : Lessons.Options;
        var pixels = new TeacherPixels(options.Preprocessing, Lessons.Teacher.Preprocessing);
        int batches = 0;
        Record(options, Lessons.Teacher with { Calibration = 2 }, shown, batch =>
        {
            batches++;
            float[] converted = new float[batch.Count * pixels.Length], logits = new float[batch.Count * 3];
            pixels.Convert(batch.Images, batch.Count, converted);
            direct.Score(converted, batch.Count, 32, 32, logits);
            float[] given = ((TeacherObjective)batch.Objective!).Logits;
            for (int i = 0; i < logits.Length; i++) Assert.AreEqual(logits[(i / 3 * 3) + new[] { 2, 0, 1 }[i % 3]] / 2, given[i]);
        });
        Assert.AreEqual(9, batches);
        Assert.HasCount(isFixed ? 3 : 9, shown);
    }

    [TestMethod]
    public void LinearProbe_ScoresEachImageOnce_AndLearnsFromTheTeacher()
    {
        List<float[]> shown = [];
        var probe = Lessons.Options with { LinearProbe = true };
        WeightSet initial = WeightInitializer.Create(Lessons.Student, seed: 1);
        WeightSet Fit(TrainingTeacher? teacher) => new TrainingSession(Lessons.Student, initial, probe, new SyntheticImages(Lessons.Images, 3), teacher: teacher)
        {
            CreateScoringEngine = (config, weights) => config == Lessons.Wider ? new RecordingTeacher(config, weights, shown) : new ManagedScoringEngine(config, weights),
        }.Run().Weights;
        float[] taught = Fit(Lessons.Teacher)["head.weight"].Values, alone = Fit(null)["head.weight"].Values;
        Assert.HasCount(3, shown);
        CollectionAssert.AreNotEqual(alone, taught);
    }

    [TestMethod]
    [DataRow(0.0, DisplayName = "probabilities")]
    [DataRow(0.5, DisplayName = "probabilities and the last map")]
    public void ImagesWithoutALabel_LearnFromTheTeacherAlone(double featureWeight)
    {
        var images = new SyntheticImages(48, 3);
        var options = Lessons.Options with { Epochs = 12, LearningRate = 4e-3, BatchSize = 8, NormalizeByTrainingSet = true };
        var learned = new TrainingSession(Lessons.Wider, null, options, images).Run();
        var teacher = Lessons.Teacher with
        {
            Weights = learned.Weights,
            Preprocessing = learned.Preprocessing,
            Classes = null,
            Options = new DistillationOptions { FeatureWeight = featureWeight },
        };
        var unlabeled = new PartlyLabeled(images, _ => false);
        var session = new TrainingSession(Lessons.Student, null, options, unlabeled, validation: new SyntheticImages(30, 3, seed: 2), teacher: teacher);
        var result = session.Run();
        Assert.IsTrue(result.BestEpoch!.Validation!.MicroAccuracy > 0.9, $"accuracy {result.BestEpoch.Validation.MicroAccuracy}");
        Assert.AreEqual(0, result.Epochs[0].TrainAccuracy, "no image has a label");
    }

    [TestMethod]
    public void ALabel_CountsInTheObjective_AsMuchAsItsShare()
    {
        var weights = new List<float[]>();
        Record(Lessons.Options, Lessons.Teacher with { Options = new DistillationOptions { TeacherWeight = 0.25 } }, [], batch =>
        {
            float[] given = ((TeacherObjective)batch.Objective!).Weights;
            for (int image = 0; image < batch.Count; image++)
            {
                bool labeled = batch.Items![image] % 2 == 0;
                Assert.AreEqual(labeled ? 0.25f : 1f, given[image]);
                Assert.AreEqual(labeled ? 1f : 0f, batch.Targets.AsSpan(image * 3, 3).ToArray().Sum(), 1e-6f);
            }
            weights.Add(given);
        }, new PartlyLabeled(new SyntheticImages(Lessons.Images, 3), item => item % 2 == 0));
        Assert.HasCount(9, weights);
    }

    [TestMethod]
    public void ImagesWithoutALabel_AreRefusedWithoutATeacher() => Assert.ThrowsExactly<ArgumentException>(
        () => Lessons.Session(Lessons.Options, teacher: null, new PartlyLabeled(new SyntheticImages(Lessons.Images, 3), item => item > 0)));

    [TestMethod]
    public void MemoryPlan_IncludesTheTeacher_UnlessItIsNotNeededAnyMore()
    {
        long alone = Lessons.Session(Lessons.Options, teacher: null).Run().PlannedBytes, taught = Lessons.Session(Lessons.Options, Lessons.Teacher).Run().PlannedBytes;
        long weights = Lessons.Teacher.Weights.Tensors.Sum(tensor => (long)tensor.Values.Length) * sizeof(float);
        Assert.IsTrue(taught > alone + weights, $"{alone} without, {taught} with a teacher of {weights} bytes");
        long once = Lessons.Session(Lessons.Fixed, Lessons.Teacher).Run().PlannedBytes - Lessons.Session(Lessons.Fixed, teacher: null).Run().PlannedBytes;
        Assert.IsTrue(once >= Lessons.Images * 3 * sizeof(float) && once < weights, $"{once} bytes for logits");
    }

    [TestMethod]
    public void FeatureMaps_HaveMeanZeroAndDeviationOne_InEachChannel()
    {
        var train = new ImageSet(new SyntheticImages(Lessons.Images, 3), 3, isValidation: false);
        using var scorer = new TeacherScorer(Lessons.Teacher, new ManagedScoringEngine(Lessons.Wider, Lessons.Teacher.Weights), Lessons.Options.Preprocessing, Lessons.Images);
        TeacherMap[] maps = TeacherMap.Measure(scorer, [0, 3], Lessons.Options, train, loaderThreads: 2, () => { });
        foreach (TeacherMap map in maps)
        {
            var (height, width, channels) = scorer.MapShape(map.Stage);
            float[] pixels = new float[Lessons.Images * Lessons.Options.Preprocessing.Length], values = new float[Lessons.Images * height * width * channels];
            foreach (int item in train.Items)
            {
                using RgbImage image = train.Load(item);
                Lessons.Options.Preprocessing.Apply(image, pixels.AsSpan(item * Lessons.Options.Preprocessing.Length));
            }

            map.Compute(scorer, pixels, Lessons.Images, values);
            for (int channel = 0; channel < channels; channel++)
            {
                double[] ofChannel = [.. values.Where((_, i) => i % channels == channel).Select(value => (double)value)];
                Assert.AreEqual(0, ofChannel.Average(), 1e-4, $"mean of channel {channel}");
                Assert.AreEqual(1, ofChannel.Average(value => value * value), 1e-3, $"square of channel {channel}");
            }
        }
    }

    [TestMethod]
    public void Result_IsTheSame_WithOneThreadAndWithThree()
    {
        var teacher = Lessons.Teacher with { Options = new DistillationOptions { FeatureWeight = 0.5, FeatureStages = [2, 3] } };
        TrainingResult Run(int threads) => Lessons.Session(Lessons.Options with { ComputeThreads = threads, LoaderThreads = threads }, Same(teacher)).Run();
        TrainingResult one = Run(1), three = Run(3);
        foreach (WeightTensor tensor in one.Weights.Tensors) CollectionAssert.AreEqual(tensor.Values, three.Weights[tensor.Name].Values, tensor.Name);
    }

    [TestMethod]
    public void WhatDoesNotFit_IsRefused_WithItsReason()
    {
        var features = new DistillationOptions { FeatureWeight = 1 };
        AssertRefused("2 classes", Lessons.Options, Lessons.Teacher with { Config = Lessons.Wider with { ClassCount = 2 } });
        AssertRefused("48 pixels", Lessons.Options, Lessons.Teacher with { Preprocessing = ImagePreprocessing.ForSize(48), Options = features });
        AssertRefused("LinearProbe", Lessons.Options with { LinearProbe = true }, Same(Lessons.Teacher with { Options = features }));
        AssertRefused("Temperature", Lessons.Options, Lessons.Teacher with { Options = new DistillationOptions { Temperature = 0 } });
        AssertRefused("TeacherWeight", Lessons.Options, Lessons.Teacher with { Options = new DistillationOptions { TeacherWeight = 1.1 } });
        AssertRefused("FeatureWeight", Lessons.Options, Lessons.Teacher with { Options = new DistillationOptions { FeatureWeight = double.NaN } });
        AssertRefused("twice", Lessons.Options, Lessons.Teacher with { Options = features with { FeatureStages = [1, 1] } });
        AssertRefused("FeatureStages", Lessons.Options, Lessons.Teacher with { Options = features with { FeatureStages = [4] } });
        AssertRefused("empty", Lessons.Options, Lessons.Teacher with { Options = features with { FeatureStages = [] } });
        var isotropic = Lessons.Wider with { Depths = [2], Widths = [16] };
        AssertRefused("Stage 3", Lessons.Options, Same(Lessons.Teacher with { Config = isotropic, Options = features }));

        static void AssertRefused(string message, TrainingOptions options, TrainingTeacher teacher)
        {
            try
            {
                Lessons.Session(options, teacher);
            }
            catch (ArgumentException e)
            {
                StringAssert.Contains(e.Message, message);
                return;
            }
            Assert.Fail($"'{message}' was not refused.");
        }
    }

    // A teacher with the student's image size and normalization.
    private static TrainingTeacher Same(TrainingTeacher teacher) => teacher with { Preprocessing = Lessons.Options.Preprocessing };

    // Runs with an engine that learns nothing; both see what they are given.
    private static void Record(TrainingOptions options, TrainingTeacher teacher, List<float[]> shown, Action<TrainingBatch> seen, ILabeledImageSource? images = null) =>
        Lessons.Session(
            options, teacher, images, settings => new RecordingEngine(settings) { Seen = seen }, (config, weights) => new RecordingTeacher(config, weights, shown)).Run();
}
