using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Distillation;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Tests.Engines;

namespace ConvNeXt.Tests.Training.Distillation;

/// <summary>Runs with a teacher that are interrupted and resumed.</summary>
[TestClass]
public sealed class ResumedDistillationTests
{
    private static readonly TrainingOptions _options = Lessons.Options with { AccumulateBatches = 2, BatchSize = 3, AverageDecay = 0.8, MaxGradientNorm = 1, Mixup = new Mixup() };

    private static readonly TrainingTeacher _ofMaps = Lessons.Teacher with
    {
        Options = new DistillationOptions { Temperature = 4, FeatureWeight = 0.5, FeatureStages = [1, 3] },
    };

    private string _folder = "";

    [TestInitialize]
    public void CreateFolder() => _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DataRow(false, DisplayName = "probabilities")]
    [DataRow(true, DisplayName = "probabilities and maps")]
    public void ARunCanceledAfterEachStep_EndsAsAnUninterruptedOne_BitForBit(bool withMaps)
    {
        TrainingTeacher teacher = withMaps ? _ofMaps : Lessons.Teacher;
        TrainingResult whole = Lessons.Session(_options, teacher).Run();
        int runs = 0;
        TrainingResult result;
        do
        {
            using var source = new CancellationTokenSource();
            result = Session(_options, teacher).Run(new TrainingCallbacks { Step = _ => source.Cancel() }, source.Token);
        }
        while (result.Cancelled && ++runs < 20);
        Assert.IsTrue(runs == 5, $"interrupted {runs} times");
        foreach (WeightTensor tensor in whole.Weights.Tensors) CollectionAssert.AreEqual(tensor.Values, result.Weights[tensor.Name].Values, tensor.Name);
        Assert.AreEqual(whole.Epochs[^1].TrainLoss, result.Epochs[^1].TrainLoss);
    }

    [TestMethod]
    public void AnotherTeacher_OtherOptions_OrNoTeacher_IsAnotherRun()
    {
        Session(_options, _ofMaps).Run();
        WeightSet others = EngineInputs.Weights(Lessons.Wider);
        others["head.bias"].Values[0] += 1e-3f;
        AssertRefused(_ofMaps with { Weights = others }, "teacher's weights differ");
        AssertRefused(_ofMaps with { Options = _ofMaps.Options with { Temperature = 3 } }, "DistillationOptions.Temperature is 3, was 4");
        AssertRefused(_ofMaps with { Classes = [0, 1, 2] }, "teacher's classes");
        AssertRefused(null, "teacher's weights");

        void AssertRefused(TrainingTeacher? teacher, string message) =>
            StringAssert.Contains(Assert.ThrowsExactly<CheckpointMismatchException>(() => Session(_options, teacher).Run()).Message, message);
    }

    [TestMethod]
    public void AcceptedChange_OfTheTeacher_StartsItsProjectionsAnew()
    {
        Session(_options, _ofMaps).Run();
        foreach (var teacher in new[] { _ofMaps with { Options = _ofMaps.Options with { FeatureStages = [2] } }, null, Lessons.Teacher })
        {
            string? note = null;
            Session(_options with { Epochs = 4 }, teacher, acceptChanges: true).Run(new TrainingCallbacks { Resumed = text => note = text });
            StringAssert.Contains(note, "Resuming");
        }
    }

    private TrainingSession Session(TrainingOptions options, TrainingTeacher? teacher, bool acceptChanges = false) =>
        new(Lessons.Student, null, options, new SyntheticImages(Lessons.Images, 3), teacher: teacher)
        {
            Checkpoints = new CheckpointOptions { Folder = _folder, Resume = true, EveryMinutes = null, AcceptChanges = acceptChanges },
        };
}
