using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Tests.Training;

[TestClass]
public sealed class TrainingSessionTests
{
    private static readonly ConvNeXtConfig Config = new() { Depths = [1, 1, 1, 1], Widths = [4, 8, 12, 16], ClassCount = 3, DropPathRate = 0.2f };

    private static readonly TrainingOptions Options = new()
    {
        Epochs = 3,
        WarmupEpochs = 1,
        BatchSize = 4,
        Preprocessing = ImagePreprocessing.ForSize(32),
        Seed = 11,
        LoaderThreads = 2,
    };

    [TestMethod]
    [DataRow(false, DisplayName = "crops and mirroring")]
    [DataRow(true, DisplayName = "RandAugment, erasing, Mixup and CutMix, too")]
    public void SameSeed_FeedsTheSameBatches_WhateverTheLoaderThreads(bool augmented)
    {
        var options = augmented ? Options with { RandAugment = new(), RandomErasing = new() { Probability = 0.5 }, Mixup = new() } : Options;
        var one = Record(options with { LoaderThreads = 1, BatchesAhead = 1 });
        CollectionAssert.AreEqual(one.Batches, Record(options with { LoaderThreads = 3 }).Batches);
        CollectionAssert.AreNotEqual(one.Batches, Record(options with { Seed = 12 }).Batches);
        Assert.AreEqual(one.Batches.Count, one.Batches.Distinct().Count(), "every batch is another one");
        Assert.AreEqual("4 4 2 4 4 2 4 4 2", string.Join(' ', one.Batches.Select(batch => batch[0])));

        static RecordingEngine Record(TrainingOptions options)
        {
            RecordingEngine? engine = null;
            Session(options, settings => engine = new RecordingEngine(settings)).Run();
            Assert.IsTrue(engine!.Disposed);
            return engine;
        }
    }

    [TestMethod]
    public void LearningRates_FollowTheSchedule()
    {
        RecordingEngine? engine = null;
        var result = Session(Options, settings => engine = new RecordingEngine(settings)).Run();
        var schedule = new CosineSchedule(Options.LearningRate, Options.MinLearningRate, 9, 3);
        CollectionAssert.AreEqual(Enumerable.Range(0, 9).Select(step => schedule[step]).ToArray(), engine!.LearningRates);
        Assert.AreEqual(schedule[8], result.Epochs[2].LearningRate);
    }

    [TestMethod]
    public void BestEpoch_IsTheOneWithMostImagesRight_TheFirstOfEquals()
    {
        int[] right = [1, 2, 2]; // of the four validation images, after each epoch
        TrainingEngineFactory factory = settings => new RecordingEngine(settings) { ScoredAsFirst = evaluation => right[evaluation] };
        var result = Session(Options, factory, validation: new SameClass(4)).Run();
        Assert.AreEqual(2, result.BestEpoch!.Epoch);
        Assert.AreEqual(6f, result.Weights["steps"].Values[0], "weights after the second epoch's three steps");
        Assert.AreEqual(3, result.Epochs.Length);
        Assert.AreEqual(2.0 / 4, result.BestEpoch.Validation!.MicroAccuracy, 1e-12);
    }

    [TestMethod]
    public void EpochsThatAreBetterEachTime_AreKeptInOneCopy_AndTheCallersWeightsStay()
    {
        RecordingEngine? engine = null;
        var initial = RecordingEngine.WeightsAfter(0);
        var result = new TrainingSession(
            Config, initial, Options, new SyntheticImages(10, 3), new SameClass(4), settings => engine = new RecordingEngine(settings) { ScoredAsFirst = evaluation => evaluation + 1 }).Run();
        Assert.AreEqual(3, result.BestEpoch!.Epoch);
        Assert.AreEqual(9f, result.Weights["steps"].Values[0]);
        Assert.AreEqual(0f, initial["steps"].Values[0]);
        Assert.AreEqual(1, engine!.Exports);
    }

    [TestMethod]
    public void WithoutValidation_TheLastWeightsAreTheResult()
    {
        var result = Session(Options, settings => new RecordingEngine(settings)).Run();
        Assert.IsNull(result.BestEpoch);
        Assert.IsFalse(result.Cancelled);
        Assert.AreEqual(9f, result.Weights["steps"].Values[0]);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Cancel_WithinABatch_KeepsTheBestWeightsSoFar(bool byToken)
    {
        using var source = new CancellationTokenSource();
        bool cancelled = false;
        var session = Session(
            Options,
            settings => new RecordingEngine(settings)
            {
                Accumulating = batch =>
                {
                    if (batch != 4) return;
                    cancelled = true;
                    if (byToken) source.Cancel();
                },
            },
            validation: new SameClass(6));
        var callbacks = new TrainingCallbacks
        {
            CheckAlive = () =>
            {
                if (cancelled && !byToken) throw new OperationCanceledException();
            },
        };
        var result = session.Run(callbacks, source.Token);
        Assert.IsTrue(result.Cancelled);
        Assert.AreEqual(1, result.Epochs.Length);
        Assert.AreEqual(3f, result.Weights["steps"].Values[0], "the first epoch's weights, not those of the second's first step");
    }

    [TestMethod]
    public void Cancel_BeforeTheFirstStep_GivesTheInitialWeights()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var result = Session(Options, settings => new RecordingEngine(settings)).Run(cancellationToken: source.Token);
        Assert.IsTrue(result.Cancelled);
        Assert.AreEqual(0f, result.Weights["steps"].Values[0]);
    }

    [TestMethod]
    public void UnreadableImage_FailsTheRun_NamingIt()
    {
        var images = new SyntheticImages(10, 3);
        images.Broken.Add(7);
        var error = Assert.ThrowsException<UnreadableImageException>(() => Session(Options, settings => new RecordingEngine(settings), images).Run());
        StringAssert.Contains(error.Message, "picture 7");
        StringAssert.Contains(error.Message, "torn");
    }

    [TestMethod]
    public void UnreadableImages_AreLeftOutOfAllEpochs_AndReported_WhenAsked()
    {
        SyntheticImages images = new(10, 3), validation = new(6, 3, seed: 2);
        images.Broken.UnionWith([2, 7]);
        validation.Broken.Add(1);
        RecordingEngine? engine = null;
        var result = Session(Options with { SkipUnreadableImages = true }, settings => engine = new RecordingEngine(settings), images, validation).Run();
        CollectionAssert.AreEqual(
            new[] { "picture 2 False", "picture 7 False", "picture 1 True" },
            result.UnreadableImages.Select(image => $"{image.Description} {image.IsValidation}").ToArray());
        Assert.AreEqual("it is torn", result.UnreadableImages[0].Reason);
        Assert.AreEqual(3 * 2, engine!.Batches.Count(batch => batch.StartsWith("4:", StringComparison.Ordinal)), "eight images in two full batches");
    }

    [TestMethod]
    public void SetWithoutReadableImages_IsAnError_AlsoWhenSkipping()
    {
        var images = new SyntheticImages(3, 3);
        images.Broken.UnionWith([0, 1, 2]);
        var error = Assert.ThrowsException<UnreadableImageException>(
            () => Session(Options with { SkipUnreadableImages = true }, settings => new RecordingEngine(settings), images).Run());
        StringAssert.Contains(error.Message, "None of the 3 images");
    }

    [TestMethod]
    public void LabelOutsideTheClasses_AndEmptySet_AreErrors()
    {
        var unknown = Assert.ThrowsException<ArgumentException>(() => Session(Options, settings => new RecordingEngine(settings), new SyntheticImages(10, 4)));
        StringAssert.Contains(unknown.Message, "picture 3");
        StringAssert.Contains(Assert.ThrowsException<ArgumentException>(
            () => Session(Options, settings => new RecordingEngine(settings), validation: new SyntheticImages(0, 3))).Message, "validation set");
    }

    [TestMethod]
    public void LossThatIsNotFinite_IsAnError_WithAdvice()
    {
        var session = Session(Options, settings => new RecordingEngine(settings) { Loss = double.NaN });
        StringAssert.Contains(Assert.ThrowsException<ArithmeticException>(() => session.Run()).Message, "learning rate");
    }

    [TestMethod]
    public void Callbacks_HearThePlanEveryStepAndEveryEpoch()
    {
        var steps = new List<TrainingProgress>();
        var epochs = new List<EpochMetrics>();
        long planned = 0;
        var callbacks = new TrainingCallbacks { Planned = bytes => planned = bytes, Step = steps.Add, Epoch = epochs.Add };
        var result = Session(Options, settings => new RecordingEngine(settings)).Run(callbacks);
        Assert.AreEqual(1000 + 4 * NetworkCost.Parameters(Config) + Options.DataQueueBytes, planned, "engine, kept weights, queue");
        Assert.AreEqual(planned, result.PlannedBytes);
        CollectionAssert.AreEqual(result.Epochs, epochs);
        Assert.AreEqual(9, steps.Count);
        Assert.AreEqual((3, 3, 3, 3), (steps[^1].Epoch, steps[^1].Epochs, steps[^1].Step, steps[^1].StepsPerEpoch));
        Assert.AreEqual(TimeSpan.Zero, steps[^1].TimeLeft);
        Assert.AreEqual(1, steps[^1].Loss, 1e-12);
    }

    [TestMethod]
    public void OptionsOutOfRange_AreNamed()
    {
        Expect(Options with { Epochs = 0 }, nameof(TrainingOptions.Epochs));
        Expect(Options with { WarmupEpochs = 3 }, nameof(TrainingOptions.WarmupEpochs));
        Expect(Options with { LearningRate = double.NaN }, nameof(TrainingOptions.LearningRate));
        Expect(Options with { LabelSmoothing = 1 }, nameof(TrainingOptions.LabelSmoothing));
        Expect(Options with { BatchSize = 0 }, nameof(TrainingOptions.BatchSize));
        Expect(Options with { Crop = new RandomResizedCrop { MinScale = 0 } }, nameof(RandomResizedCrop.MinScale));
        new TrainingOptions().Validate();

        static void Expect(TrainingOptions options, string name) =>
            Assert.AreEqual(name, Assert.ThrowsException<ArgumentOutOfRangeException>(options.Validate).ParamName);
    }

    private static TrainingSession Session(
        TrainingOptions options, TrainingEngineFactory engine, ILabeledImageSource? train = null, ILabeledImageSource? validation = null) =>
        new(Config, RecordingEngine.WeightsAfter(0), options, train ?? new SyntheticImages(10, 3), validation, engine);

    /// <summary>Pictures that are all of class 0.</summary>
    private sealed class SameClass(int count) : ILabeledImageSource
    {
        private readonly SyntheticImages _images = new(count, 1, seed: 3);

        public int Count => _images.Count;

        public int LabelOf(int index) => 0;

        public RgbImage Load(int index) => _images.Load(index);

        public string DescribeItem(int index) => _images.DescribeItem(index);
    }
}
