using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Training.FineTuning;

/// <summary>Runs with freezing, a linear probe, balanced sampling and a metrics file that are interrupted and gone on with.</summary>
[TestClass]
public sealed class ResumedFineTuningTests
{
    private static readonly ConvNeXtConfig Config = new() { Depths = [1, 1, 1, 1], Widths = [8, 12, 16, 24], ClassCount = 3, LayerScaleInit = 0.1f };

    private static readonly TrainingOptions Options = new()
    {
        Epochs = 5,
        WarmupEpochs = 1,
        BatchSize = 4,
        BalancedSampling = true,
        Preprocessing = ImagePreprocessing.ForSize(32),
        Seed = 5,
    };

    private readonly string _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void StagesThatAreUnfrozenOneByOne() => AssertGoesOn(Options with { FreezeBackboneEpochs = 1, UnfreezeStageEveryEpochs = 1 });

    [TestMethod]
    public void LinearProbe_WithAnAverage() => AssertGoesOn(Options with { LinearProbe = true, AverageDecay = 0.8, LearningRate = 0.02 });

    private void AssertGoesOn(TrainingOptions options)
    {
        TrainingResult expected = Session(options with { MetricsFile = Path.Combine(_folder, "whole.csv") }).Run();

        string log = Path.Combine(_folder, "resumed.csv");
        var checkpoints = new CheckpointOptions { Folder = Path.Combine(_folder, "run"), Resume = true, EveryMinutes = null };
        TrainingResult? result = null;
        for (int attempt = 0; result is not { Cancelled: false }; attempt++)
        {
            Assert.IsTrue(attempt < 20);
            using var source = new CancellationTokenSource();
            int steps = 4; // an epoch has three
            var callbacks = new TrainingCallbacks
            {
                Step = _ =>
                {
                    if (--steps == 0) source.Cancel();
                },
            };
            result = Session(options with { MetricsFile = log }, checkpoints).Run(callbacks, source.Token);
        }

        foreach (WeightTensor tensor in expected.Weights.Tensors) CollectionAssert.AreEqual(tensor.Values, result.Weights[tensor.Name].Values, tensor.Name);
        string[] whole = File.ReadAllLines(Path.Combine(_folder, "whole.csv")), resumed = File.ReadAllLines(log);
        CollectionAssert.AreEqual(new[] { "epoch", "1", "2", "3", "4", "5" }, resumed.Select(line => line.Split(',')[0]).ToArray());
        for (int line = 0; line < whole.Length; line++) CollectionAssert.AreEqual(WithoutTimes(whole[line]), WithoutTimes(resumed[line]));
    }

    // Images per second and seconds are the fifth and sixth column.
    private static string[] WithoutTimes(string line) => [.. line.Split(',').Where((_, column) => column is not (4 or 5))];

    private static TrainingSession Session(TrainingOptions options, CheckpointOptions? checkpoints = null) =>
        new(Config, WeightInitializer.Create(Config, seed: 9), options, new SyntheticImages(10, 3), new SyntheticImages(7, 3, seed: 2)) { Checkpoints = checkpoints };
}
