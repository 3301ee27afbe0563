using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Loop;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Tests.Training;

/// <summary>Runs that are interrupted and gone on with, with the managed engine on a small network.</summary>
[TestClass]
public sealed class CheckpointTests
{
    private static readonly ConvNeXtConfig Config = new()
    {
        Depths = [1, 1, 1, 1],
        Widths = [8, 12, 16, 24],
        ClassCount = 3,
        DropPathRate = 0.2f,
        LayerScaleInit = 0.1f,
    };

    private static readonly TrainingOptions Options = new()
    {
        Epochs = 3,
        WarmupEpochs = 1,
        BatchSize = 4,
        AccumulateBatches = 2,
        AverageDecay = 0.8,
        MaxGradientNorm = 1,
        Mixup = new Mixup(),
        RandomErasing = new RandomErasing(),
        Preprocessing = ImagePreprocessing.ForSize(32),
        Seed = 5,
    };

    private static readonly Lazy<TrainingResult> Uninterrupted = new(() => Session(Options).Run());

    private string _folder = "";

    [TestInitialize]
    public void CreateFolder() => _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void ARunThatIsCancelledAgainAndAgain_EndsAsIfItHadNeverBeen()
    {
        // Three epochs of two steps. Cancelled after each step, then in the middle of a step (of its second batch), and in an evaluation.
        foreach (int steps in new[] { 1, 1, 2, 1 }) Assert.IsTrue(Interrupted(steps, callsAfter: 0).Cancelled);
        Assert.IsTrue(Interrupted(steps: 0, callsAfter: 9).Cancelled);
        AssertSame(Uninterrupted.Value, Run(new CheckpointOptions { Folder = _folder, Resume = true }));

        TrainingResult Interrupted(int steps, int callsAfter)
        {
            using var source = new CancellationTokenSource();
            int calls = 0;
            var callbacks = new TrainingCallbacks
            {
                Step = _ => steps--,
                CheckAlive = () =>
                {
                    if (steps <= 0 && calls++ >= callsAfter) source.Cancel();
                },
            };
            return Run(new CheckpointOptions { Folder = _folder, Resume = true, EveryMinutes = null }, callbacks, source.Token);
        }
    }

    [TestMethod]
    [DataRow(0.0, null, DisplayName = "a checkpoint after each step")]
    [DataRow(null, 1, DisplayName = "a checkpoint after each epoch")]
    public void ARunThatDies_GoesOnFromItsLastCheckpoint(double? everyMinutes, int? everyEpochs)
    {
        var checkpoints = new CheckpointOptions { Folder = _folder, Resume = true, EveryMinutes = everyMinutes, EveryEpochs = everyEpochs };
        for (int death = 1; death <= 5; death++)
        {
            int left = everyMinutes is null ? death : 2;
            var callbacks = new TrainingCallbacks { Step = _ => Assert.IsTrue(--left > 0, "dies") };
            if (!Dies(() => Run(checkpoints, callbacks))) break;
        }
        string? note = null;
        AssertSame(Uninterrupted.Value, Run(checkpoints, new TrainingCallbacks { Resumed = text => note = text }));
        StringAssert.Contains(note, "Resuming from");

        static bool Dies(Action run)
        {
            try
            {
                run();
                return false;
            }
            catch (AssertFailedException)
            {
                return true;
            }
        }
    }

    [TestMethod]
    public void AFinishedRun_IsNotTrainedAgain_AndTellsOfItself()
    {
        var checkpoints = new CheckpointOptions { Folder = _folder };
        Run(checkpoints);
        int steps = 0;
        var again = Run(checkpoints with { Resume = true }, new TrainingCallbacks { Step = _ => steps++ });
        Assert.AreEqual(0, steps);
        AssertSame(Uninterrupted.Value, again);
        var info = CheckpointInfo.Find(checkpoints)!;
        Assert.AreEqual((4, 0, 5L, 3), (info.Epoch, info.Step, info.Seed, info.Epochs.Length));
        Assert.IsNull(CheckpointInfo.Find(new CheckpointOptions { Folder = Path.Combine(_folder, "none") }));
        CollectionAssert.AreEquivalent(new[] { "checkpoint.safetensors", "checkpoint.lock" }, Directory.GetFiles(_folder).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public void AnotherRunsCheckpoint_IsRefused_WithWhatDiffers_OrAcceptedWhenAsked()
    {
        Cancel(afterSteps: 3);
        var resume = new CheckpointOptions { Folder = _folder, Resume = true };
        var changed = Options with { LearningRate = 1e-3, AverageDecay = null, LoaderThreads = 2 };
        var session = new TrainingSession(Config with { DropPathRate = 0 }, null, changed, new SyntheticImages(16, 3, seed: 7), new SyntheticImages(7, 3, seed: 2)) { Checkpoints = resume };
        var error = Assert.ThrowsExactly<CheckpointMismatchException>(() => session.Run());
        CollectionAssert.AreEqual(
            new[]
            {
                "ConvNeXtConfig.DropPathRate is 0, was 0.2",
                "TrainingOptions.AverageDecay is null, was 0.8",
                "TrainingOptions.LearningRate is 0.001, was 0.002",
                "training set: images is 16, was 17",
                "training set: labels differ",
                "training set: names differ",
                "training set: pictures differ",
            },
            error.Differences);
        StringAssert.Contains(error.Message, "AcceptChanges");

        var first = new List<TrainingProgress>();
        session = new TrainingSession(Config with { DropPathRate = 0 }, null, changed, new SyntheticImages(16, 3, seed: 7), new SyntheticImages(7, 3, seed: 2))
        {
            Checkpoints = resume with { AcceptChanges = true },
        };
        string? note = null;
        var result = session.Run(new TrainingCallbacks { Step = first.Add, Resumed = text => note = text });
        Assert.AreEqual((2, 1), (first[0].Epoch, first[0].Step), "the interrupted epoch is begun anew");
        Assert.AreEqual(3, result.Epochs.Length);
        Assert.IsNotNull(result.Epochs[0].AverageValidation, "of the time before");
        Assert.IsNull(result.Epochs[2].AverageValidation);
        StringAssert.Contains(note, "LearningRate is 0.001");
    }

    [TestMethod]
    public void AnAverageThatIsNew_BeginsWithTheWeights()
    {
        var without = Options with { AverageDecay = null };
        Cancel(afterSteps: 3, without);
        var result = Session(Options, new CheckpointOptions { Folder = _folder, Resume = true, AcceptChanges = true }).Run();
        Assert.IsNotNull(result.Epochs[2].AverageValidation);
    }

    [TestMethod]
    public void ACheckpointOfAnotherNetwork_IsRefused_ThoughChangesAreAccepted()
    {
        Cancel(afterSteps: 3);
        var session = new TrainingSession(Config with { Widths = [8, 12, 16, 28] }, null, Options, Train(), Validation())
        {
            Checkpoints = new CheckpointOptions { Folder = _folder, Resume = true, AcceptChanges = true },
        };
        StringAssert.Contains(Assert.ThrowsExactly<WeightMismatchException>(() => session.Run()).Message, "stages.3.0.dwconv.weight");
    }

    [TestMethod]
    public void ACheckpointThatIsThere_IsNotOverwrittenByAnotherRun()
    {
        Cancel(afterSteps: 1);
        StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => Run(new CheckpointOptions { Folder = _folder })).Message, "Set Resume to continue");
        using var held = new Checkpointer(new CheckpointOptions { Folder = _folder, Resume = true }, Config, Options, new OptionalWrite(Retry.None, Assert.Fail));
        StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => Run(new CheckpointOptions { Folder = _folder, Resume = true })).Message, "another run");
    }

    [TestMethod]
    public void AFolderThatCannotBeWritten_IsAnErrorBeforeAnyPictureIsRead()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        var images = new SyntheticImages(17, 3) { Loading = _ => Assert.Fail("A picture was read.") };
        var session = new TrainingSession(Config, null, Options, images) { Checkpoints = new CheckpointOptions { Folder = Path.Combine(file, "below") } };
        StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => session.Run()).Message, "cannot be created");
        string probed = Path.Combine(_folder, "checkpoint.safetensors");
        StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => CheckpointFile.Probe(probed, 1L << 60)).Message, probed);
        Assert.AreEqual(1, Directory.GetFiles(_folder).Length, "nothing is left behind");
    }

    [TestMethod]
    public void WritesThatFail_AreRetriedAndReportedOnce_AndLeaveTheLastGoodCheckpoint()
    {
        int steps = 0, waits = 0;
        byte[] good = [], after = [];
        var warnings = new List<string>();
        string path = Path.Combine(_folder, "checkpoint.safetensors");
        var callbacks = new TrainingCallbacks
        {
            Step = _ =>
            {
                steps++;
                if (steps == 3) good = File.ReadAllBytes(path);
                if (steps == 3) Directory.CreateDirectory(path + ".new"); // no file can have this name now
                if (steps == 5) after = File.ReadAllBytes(path);
                if (steps == 5) throw new AssertFailedException("dies");
            },
            Warning = warnings.Add,
        };
        var checkpoints = new CheckpointOptions { Folder = _folder, EveryMinutes = 0 };
        Assert.ThrowsExactly<AssertFailedException>(() => Session(Options, checkpoints, _ => waits++).Run(callbacks));
        StringAssert.Contains(warnings.Single(), $"The last good checkpoint, '{path}', is unchanged");
        Assert.IsTrue(waits > 1, "the first failure is retried");
        CollectionAssert.AreEqual(good, after);
        Directory.Delete(path + ".new");
        AssertSame(Uninterrupted.Value, Run(new CheckpointOptions { Folder = _folder, Resume = true }));
    }

    [TestMethod]
    public void WritesThatFailToTheEnd_DoNotCostTheModel_AndTheLastOneIsReportedAgain()
    {
        var warnings = new List<string>();
        var callbacks = new TrainingCallbacks
        {
            Step = _ => Directory.CreateDirectory(Path.Combine(_folder, "checkpoint.safetensors.new")),
            Warning = warnings.Add,
        };
        AssertSame(Uninterrupted.Value, Session(Options, new CheckpointOptions { Folder = _folder, EveryMinutes = 0 }, _ => { }).Run(callbacks));
        Assert.AreEqual(2, warnings.Count);
        StringAssert.Contains(warnings[1], "without its last checkpoint");
    }

    [TestMethod]
    public void AWriteThatFailsForAMoment_IsRetriedWithoutAWord()
    {
        string blocker = Path.Combine(_folder, "checkpoint.safetensors.new");
        var waits = new List<TimeSpan>();
        bool blocked = false;
        var callbacks = new TrainingCallbacks
        {
            Step = _ =>
            {
                if (!blocked) Directory.CreateDirectory(blocker);
                blocked = true;
            },
            Warning = Assert.Fail,
        };
        var result = Session(Options, new CheckpointOptions { Folder = _folder, EveryMinutes = 0 }, Wait).Run(callbacks);
        AssertSame(Uninterrupted.Value, result);
        Assert.AreEqual(3, waits.Count);

        void Wait(TimeSpan time)
        {
            waits.Add(time);
            if (waits.Count == 3) Directory.Delete(blocker);
        }
    }

    [TestMethod]
    public void ACallersMethodThatThrows_ComesAfterTheCheckpoint()
    {
        var checkpoints = new CheckpointOptions { Folder = _folder, EveryMinutes = null, EveryEpochs = 1 };
        Assert.ThrowsExactly<NotSupportedException>(() => Run(checkpoints, new TrainingCallbacks { Epoch = _ => throw new NotSupportedException() }));
        Assert.AreEqual((2, 0), (CheckpointInfo.Find(checkpoints)!.Epoch, CheckpointInfo.Find(checkpoints)!.Step));
        AssertSame(Uninterrupted.Value, Run(checkpoints with { Resume = true }));
    }

    [TestMethod]
    public void ARunThatDiverges_NamesItsLastCheckpoint()
    {
        var hopeless = Options with { LearningRate = 1e30, MinLearningRate = 0, MaxGradientNorm = null, WarmupEpochs = 0 };
        var error = Assert.ThrowsExactly<TrainingDivergedException>(() => Session(hopeless, new CheckpointOptions { Folder = _folder, EveryMinutes = 0 }).Run());
        Assert.AreEqual(Path.Combine(_folder, "checkpoint.safetensors"), error.Checkpoint);
        StringAssert.Contains(error.Message, "The last good checkpoint is '" + error.Checkpoint);
        Assert.IsTrue(error.Gradients.Length > 10);
    }

    [TestMethod]
    public void TheBestEpochOfAnotherValidationSet_IsNotComparedWith()
    {
        Session(Options, new CheckpointOptions { Folder = _folder }).Run();
        var accept = new CheckpointOptions { Folder = _folder, Resume = true, AcceptChanges = true };
        var longer = Options with { Epochs = 4 };
        var without = new TrainingSession(Config, null, longer, Train()) { Checkpoints = accept }.Run();
        Assert.IsNull(without.BestEpoch, "there is nothing to compare by any more, so the last weights are the result");
        Assert.AreEqual(4, without.Epochs.Length);
    }

    [TestMethod]
    public void TheBestEpochSoFar_IsComparedWith_WhenOnlyTrainingIsChanged()
    {
        var before = Session(Options, new CheckpointOptions { Folder = _folder }).Run().BestEpoch!;
        var longer = Options with { Epochs = 4, LearningRate = 1e-30, MinLearningRate = 0 };
        var after = Session(longer, new CheckpointOptions { Folder = _folder, Resume = true, AcceptChanges = true }).Run();
        var last = after.Epochs[^1];
        Assert.AreEqual(4, last.Epoch);
        var isBetter = new[] { last.Validation!, last.AverageValidation! }.Any(validation => validation.IsBetterThan(Kept(before), Options.SelectionMetric));
        Assert.AreEqual(isBetter ? 4 : before.Epoch, after.BestEpoch!.Epoch);

        static ValidationMetrics Kept(EpochMetrics epoch) =>
            epoch.AverageValidation!.IsBetterThan(epoch.Validation!, Options.SelectionMetric) ? epoch.AverageValidation : epoch.Validation!;
    }

    [TestMethod]
    public void DamagedCheckpoints_AreRefused_NeverBelieved()
    {
        Cancel(afterSteps: 3);
        string path = Path.Combine(_folder, "checkpoint.safetensors");
        byte[] good = File.ReadAllBytes(path);
        int header = BitConverter.ToInt32(good, 0) + 8;
        var random = new Random(4);
        int refused = 0;
        for (int i = 0; i < 300; i++)
        {
            byte[] bad = [.. good];
            for (int n = random.Next(1, 4); n > 0; n--) bad[random.Next(header)] = (byte)random.Next(32, 127);
            if (i % 10 == 0) bad = bad[..random.Next(bad.Length)];
            File.WriteAllBytes(path, bad);
            try
            {
                CheckpointFile.Read(path);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }
        Assert.IsTrue(refused > 100, $"{refused} of 300 were refused; the others differ in values that may be any.");
        File.WriteAllBytes(path, good[..^1]);
        Assert.ThrowsExactly<InvalidDataException>(() => Run(new CheckpointOptions { Folder = _folder, Resume = true }));
        SafetensorsWriter.Write(path, WeightInitializer.Create(Config, 1));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Run(new CheckpointOptions { Folder = _folder, Resume = true })).Message, "not a valid checkpoint");
    }

    [TestMethod]
    public void OptionsOutOfRange_AreNamed()
    {
        Assert.ThrowsExactly<ArgumentException>(() => Session(Options, new CheckpointOptions { Folder = " " }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Session(Options, new CheckpointOptions { Folder = "x", EveryMinutes = -1 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Session(Options, new CheckpointOptions { Folder = "x", EveryEpochs = 0 }));
    }

    [TestMethod]
    public void ALinearProbe_IsResumed_ButNotOnOtherInitialWeights()
    {
        var probe = Options with { LinearProbe = true, Mixup = null, RandomErasing = null };
        var expected = Session(probe).Run();
        Cancel(afterSteps: 3, probe);
        var resume = new CheckpointOptions { Folder = _folder, Resume = true };
        var other = new TrainingSession(Config, WeightInitializer.Create(Config, seed: 77), probe, Train(), Validation()) { Checkpoints = resume };
        CollectionAssert.AreEqual(new[] { "initial weights differ" }, Assert.ThrowsExactly<CheckpointMismatchException>(() => other.Run()).Differences);
        AssertSame(expected, Session(probe, resume).Run());
    }

    [TestMethod]
    public void AScheduleThatATimeBudgetPlanned_StaysThatOfTheResumedRun()
    {
        var brief = Options with { MaxTrainingTime = TimeSpan.FromTicks(1) };
        Assert.AreEqual(1, Session(brief, new CheckpointOptions { Folder = _folder }).Run().Epochs.Length);
        int steps = 0;
        var again = Session(brief, new CheckpointOptions { Folder = _folder, Resume = true }).Run(new TrainingCallbacks { Step = _ => steps++ });
        Assert.AreEqual((0, 1), (steps, again.Epochs.Length), "it was planned to have one step, and has had it");
    }

    [TestMethod]
    [DataRow(1, 14, DisplayName = "at the same speed")]
    [DataRow(4, 5, DisplayName = "on a machine that takes four times as long")]
    public void ARunThatIsResumed_EndsWithinItsTimeBudget(int secondsAStepAfterwards, int expectedSteps)
    {
        var time = new ManualTime();
        var options = Options with { Epochs = 1000, AverageDecay = null, AccumulateBatches = 1, MaxTrainingTime = TimeSpan.FromSeconds(14) };
        using var source = new CancellationTokenSource();
        Assert.IsTrue(Timed(secondsAStep: 1, steps => CancelAt(steps, 3)).Run(cancellationToken: source.Token).Cancelled);
        time.Advance(TimeSpan.FromDays(1)); // nobody trains
        int last = 0;
        Timed(secondsAStepAfterwards, steps => last = steps).Run();
        Assert.AreEqual(expectedSteps, 3 + last);

        void CancelAt(int steps, int wanted)
        {
            if (steps == wanted) source.Cancel();
        }

        TrainingSession Timed(int secondsAStep, Action<int> onStep)
        {
            int steps = 0;
            return new TrainingSession(Config, RecordingEngine.WeightsAfter(0), options, Train(), null, settings => new RecordingEngine(settings)
            {
                LossOf = _ =>
                {
                    time.Advance(TimeSpan.FromSeconds(secondsAStep));
                    onStep(++steps);
                    return 1;
                },
            })
            {
                Checkpoints = new CheckpointOptions { Folder = _folder, Resume = true },
                Time = time,
            };
        }
    }

    [TestMethod]
    public void WhatIsReadBeforeTheFirstStep_IsPartOfTheTimeBudget()
    {
        var time = new ManualTime();
        int loaded = 0, steps = 0;
        var images = new SyntheticImages(10, 3) { Loading = _ => Read() };
        var options = Options with { Epochs = 1000, AverageDecay = null, AccumulateBatches = 1, MaxTrainingTime = TimeSpan.FromSeconds(25), SkipUnreadableImages = true };
        new TrainingSession(Config, RecordingEngine.WeightsAfter(0), options, images, null, settings => new RecordingEngine(settings)
        {
            LossOf = _ =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                steps++;
                return 1;
            },
        })
        {
            Time = time,
        }.Run();
        Assert.AreEqual(5, steps, "twenty seconds went into reading");

        void Read()
        {
            if (Interlocked.Increment(ref loaded) <= 10) time.Advance(TimeSpan.FromSeconds(2));
        }
    }

    private static SyntheticImages Train() => new(17, 3);

    private static SyntheticImages Validation() => new(7, 3, seed: 2);

    private static TrainingSession Session(TrainingOptions options, CheckpointOptions? checkpoints = null, Action<TimeSpan>? wait = null) =>
        new(Config, null, options, Train(), Validation()) { Checkpoints = checkpoints, Wait = wait };

    private static TrainingResult Run(CheckpointOptions checkpoints, TrainingCallbacks? callbacks = null, CancellationToken token = default) =>
        Session(Options, checkpoints).Run(callbacks, token);

    private void Cancel(int afterSteps, TrainingOptions? options = null)
    {
        using var source = new CancellationTokenSource();
        var callbacks = new TrainingCallbacks
        {
            Step = _ =>
            {
                if (--afterSteps == 0) source.Cancel();
            },
        };
        Assert.IsTrue(Session(options ?? Options, new CheckpointOptions { Folder = _folder }).Run(callbacks, source.Token).Cancelled);
    }

    private static void AssertSame(TrainingResult expected, TrainingResult actual)
    {
        foreach (var (one, other) in expected.Weights.Tensors.Zip(actual.Weights.Tensors)) CollectionAssert.AreEqual(one.Values, other.Values, one.Name);
        Assert.AreEqual(expected.IsAverage, actual.IsAverage);
        Assert.AreEqual(Timeless(expected.BestEpoch!), Timeless(actual.BestEpoch!));
        CollectionAssert.AreEqual(expected.Epochs.Select(Timeless).ToArray(), actual.Epochs.Select(Timeless).ToArray());

        static EpochMetrics Timeless(EpochMetrics epoch) => epoch with { Seconds = 0, ImagesPerSecond = 0 };
    }
}
