using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Tests.Training;

namespace ConvNeXt.Tests;

/// <summary>A run that one engine began and the other one ends, through a checkpoint on disk.</summary>
[TestClass]
public sealed class CheckpointExchangeTests
{
    private static readonly ConvNeXtConfig _config = SmallRun.Config;

    private static readonly TrainingOptions _options = SmallRun.Options with { Epochs = 3 };

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void ACheckpointOfOneEngine_IsResumedByTheOther_ToTheResultOfARunInOnePiece(bool managedFirst)
    {
        TrainingEngineFactory managed = settings => new ManagedTrainingEngine(settings), torch = settings => EnginePair.Torch(settings);
        string folder = TestFolders.CreateTemporary();
        try
        {
            var whole = Session(managed).Run();
            using var source = new CancellationTokenSource();
            int steps = 0;
            var interrupt = new TrainingCallbacks
            {
                Step = _ =>
                {
                    if (++steps == 3) source.Cancel();
                },
            };
            Assert.IsTrue(Session(managedFirst ? managed : torch, folder).Run(interrupt, source.Token).Cancelled);
            var resumed = Session(managedFirst ? torch : managed, folder).Run(new TrainingCallbacks { Step = _ => steps++ });
            Assert.IsFalse(resumed.Cancelled);
            Assert.AreEqual(6, steps, "three steps by each engine");
            EnginePair.AssertClose(whole.Weights, resumed.Weights, 1e-3, "weights");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static TrainingSession Session(TrainingEngineFactory engine, string? folder = null) =>
        new(_config, null, _options, new SyntheticImages(16, 3), new SyntheticImages(6, 3, seed: 2), engine)
        {
            Checkpoints = folder is null ? null : new CheckpointOptions { Folder = folder, Resume = true, EveryMinutes = null },
        };
}
