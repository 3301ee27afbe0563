using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;

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
    public void MixedBatches_HaveTheTargetsOfBothImages_AnotherShareInEachBatch()
    {
        const int Classes = 3;
        var smallerParts = new List<float>(); // of the batches in which images of different classes meet
        TrainingBatch? last = null;
        TrainingEngineFactory factory = settings => new RecordingEngine(settings)
        {
            Seen = Check,
            LossOf = _ =>
            {
                last!.Targets.AsSpan(0, last.Count * Classes).CopyTo(last.Logits); // the network that finds the larger part of every image
                return 1;
            },
        };
        var result = Session(Options with { Mixup = new() { CutMixAlpha = 0 }, LabelSmoothing = 0 }, factory, train: new SyntheticImages(11, Classes)).Run();
        Assert.IsTrue(smallerParts.Count >= 5 && smallerParts.All(part => part is > 0 and < 0.5f));
        Assert.AreEqual(smallerParts.Count, smallerParts.Distinct().Count());
        Assert.IsTrue(result.Epochs.All(epoch => epoch.TrainAccuracy == 1), "a mixed image's class is that of its larger part");

        void Check(TrainingBatch batch)
        {
            last = batch;
            var mixed = new List<float>();
            for (int image = 0; image < batch.Count; image++)
            {
                float[] own = batch.Targets[(image * Classes)..((image + 1) * Classes)], partner = batch.Targets[((batch.Count - 1 - image) * Classes)..][..Classes];
                Assert.AreEqual(1, own.Sum(), 1e-6f);
                int first = Array.FindIndex(own, part => part > 0), second = Array.FindLastIndex(own, part => part > 0);
                Assert.AreEqual(first == second ? 2 : 1, own[first] + partner[first], 1e-6f, "what one has of a class, the other lacks; or both are of one class");
                if (first != second) mixed.Add(Math.Min(own[first], own[second]));
            }
            if (mixed.Count == 0) return;
            Assert.AreEqual(mixed.Min(), mixed.Max(), 1e-6f, "one share for the batch");
            smallerParts.Add(mixed[0]);
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
        var error = Assert.ThrowsExactly<UnreadableImageException>(() => Session(Options, settings => new RecordingEngine(settings), images).Run());
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
        var error = Assert.ThrowsExactly<UnreadableImageException>(
            () => Session(Options with { SkipUnreadableImages = true }, settings => new RecordingEngine(settings), images).Run());
        StringAssert.Contains(error.Message, "None of the 3 images");
    }

    [TestMethod]
    public void LabelOutsideTheClasses_AndEmptySet_AreErrors()
    {
        var unknown = Assert.ThrowsExactly<ArgumentException>(() => Session(Options, settings => new RecordingEngine(settings), new SyntheticImages(10, 4)));
        StringAssert.Contains(unknown.Message, "picture 3");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(
            () => Session(Options, settings => new RecordingEngine(settings), validation: new SyntheticImages(0, 3))).Message, "validation set");
    }

    [TestMethod]
    public void LossThatIsNotFinite_StopsTheRun_SayingWhereAndHowLargeGradientsWere()
    {
        TrainingEngineFactory factory = settings => new RecordingEngine(settings) { LossOf = batch => batch < 4 ? 1 : double.NaN };
        var error = Assert.ThrowsExactly<TrainingDivergedException>(() => Session(Options, factory).Run());
        Assert.AreEqual((2, 2), (error.Epoch, error.Step));
        Assert.AreEqual(new CosineSchedule(Options.LearningRate, Options.MinLearningRate, 9, 3)[4], error.LearningRate);
        CollectionAssert.AreEqual(new[] { "head", "norm" }, error.Gradients.Select(layer => layer.Layer).ToArray());
        Assert.AreEqual(12, error.Gradients[0].Norm, 1e-5);
        StringAssert.Contains(error.Message, "The loss is NaN in epoch 2, step 2, at the learning rate 0.00");
        StringAssert.Contains(error.Message, "head 12, norm 4. There is no checkpoint");

        var first = Assert.ThrowsExactly<TrainingDivergedException>(
            () => Session(Options, settings => new RecordingEngine(settings) { LossOf = _ => double.PositiveInfinity }).Run());
        StringAssert.Contains(first.Message, "No earlier step was taken");
    }

    [TestMethod]
    public void AnEngineThatFailed_IsNotAskedForItsWeights_SoThatItsErrorArrives()
    {
        TrainingEngineFactory failing = settings => new RecordingEngine(settings) { IsBroken = true, Accumulating = _ => throw new NotSupportedException("device lost") };
        Assert.AreEqual("device lost", Assert.ThrowsExactly<NotSupportedException>(() => Session(Options, failing).Run()).Message);

        TrainingEngineFactory diverging = settings => new RecordingEngine(settings) { IsBroken = true, LossOf = _ => double.NaN };
        Assert.AreEqual(0, Assert.ThrowsExactly<TrainingDivergedException>(() => Session(Options, diverging).Run()).Gradients.Length);
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow(1.0)]
    public void NormOfGradientsThatIsNotFinite_StopsTheRun_ClippedOrNot(double? maxNorm)
    {
        TrainingEngineFactory factory = settings => new RecordingEngine(settings) { Norm = double.NaN };
        var error = Assert.ThrowsExactly<TrainingDivergedException>(() => Session(Options with { MaxGradientNorm = maxNorm }, factory).Run());
        Assert.AreEqual((1, 1), (error.Epoch, error.Step));
        StringAssert.Contains(error.Message, "gradient norm is NaN");
    }

    [TestMethod]
    public void AccumulatedBatches_MakeOneStep_AndTooFewAtTheEndOfAnEpochAreLeftOut()
    {
        RecordingEngine? engine = null;
        var steps = new List<TrainingProgress>();
        Session(Options with { AccumulateBatches = 2 }, settings => engine = new RecordingEngine(settings)).Run(new TrainingCallbacks { Step = steps.Add });
        Assert.AreEqual("4 4 4 4 4 4", string.Join(' ', engine!.Batches.Select(batch => batch[0])), "each epoch has a third batch, of two images");
        Assert.IsTrue(engine.Scales.All(scale => scale == 0.5f));
        CollectionAssert.AreEqual(Enumerable.Range(0, 3).Select(step => new CosineSchedule(Options.LearningRate, Options.MinLearningRate, 3, 1)[step]).ToArray(), engine.LearningRates);
        CollectionAssert.AreEqual(new[] { 1, 1, 1 }, steps.Select(step => step.StepsPerEpoch).ToArray());
        var error = Assert.ThrowsExactly<ArgumentException>(() => Session(Options with { AccumulateBatches = 4 }, settings => new RecordingEngine(settings)).Run());
        StringAssert.Contains(error.Message, "10 training images are 3 batches of 4, fewer than AccumulateBatches, 4");
    }

    [TestMethod]
    [DataRow(WeightSelection.Better, 2, -6f)]
    [DataRow(WeightSelection.Current, 3, 9f)]
    [DataRow(WeightSelection.Average, 2, -6f)]
    public void Average_IsEvaluatedBesideTheWeights_AndKeptWhereAsked(WeightSelection kept, int epoch, float steps)
    {
        int[] right = [1, 1, 2], averageRight = [0, 3, 1];
        TrainingEngineFactory factory = settings => new RecordingEngine(settings) { ScoredAsFirst = i => right[i], AverageScoredAsFirst = i => averageRight[i] };
        var result = Session(Options with { AverageDecay = 0.9, WeightSelection = kept }, factory, validation: new SameClass(4)).Run();
        CollectionAssert.AreEqual(new[] { 0.25, 0.25, 0.5 }, result.Epochs.Select(e => e.Validation!.MicroAccuracy).ToArray());
        CollectionAssert.AreEqual(new[] { 0, 0.75, 0.25 }, result.Epochs.Select(e => e.AverageValidation!.MicroAccuracy).ToArray());
        Assert.AreEqual(epoch, result.BestEpoch!.Epoch);
        Assert.AreEqual(kept != WeightSelection.Current, result.IsAverage);
        Assert.AreEqual(steps, result.Weights["steps"].Values[0]);
    }

    [TestMethod]
    public void WithoutValidation_TheAverageIsKept_OnlyWhereItIsAskedFor()
    {
        TrainingEngineFactory factory = settings => new RecordingEngine(settings);
        Assert.AreEqual(9f, Session(Options with { AverageDecay = 0.9 }, factory).Run().Weights["steps"].Values[0]);
        Assert.AreEqual(-9f, Session(Options with { AverageDecay = 0.9, WeightSelection = WeightSelection.Average }, factory).Run().Weights["steps"].Values[0]);
    }

    [TestMethod]
    public void EarlyStopping_EndsTheRun_AfterSoManyEvaluationsWithoutABetterOne()
    {
        int[] right = [1, 3, 2, 3, 4, 4];
        TrainingEngineFactory factory = settings => new RecordingEngine(settings) { ScoredAsFirst = i => right[i] };
        var result = Session(Options with { Epochs = 6, EarlyStoppingPatience = 2 }, factory, validation: new SameClass(4)).Run();
        Assert.IsTrue(result.StoppedEarly);
        Assert.AreEqual((4, 2), (result.Epochs.Length, result.BestEpoch!.Epoch));
        Assert.AreEqual(6f, result.Weights["steps"].Values[0]);
        Assert.IsFalse(Session(Options with { Epochs = 6, EarlyStoppingPatience = 3 }, factory, validation: new SameClass(4)).Run().StoppedEarly);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Session(Options with { EarlyStoppingPatience = 2 }, factory)).Message, "validation set");
    }

    [TestMethod]
    public void TimeThatIsOver_EndsTheRunWithTheStepAndAnEvaluation()
    {
        RecordingEngine? engine = null;
        var result = Session(Options with { MaxTrainingTime = TimeSpan.FromTicks(1) }, settings => engine = new RecordingEngine(settings), validation: new SameClass(4)).Run();
        Assert.AreEqual(1, engine!.LearningRates.Count);
        Assert.AreEqual(1, result.Epochs.Length);
        Assert.IsNotNull(result.Epochs[0].Validation);
        Assert.AreEqual(1f, result.Weights["steps"].Values[0]);
    }

    [TestMethod]
    public void TimeThatSuffices_ChangesNothing()
    {
        RecordingEngine? engine = null;
        Session(Options with { MaxTrainingTime = TimeSpan.FromDays(1) }, settings => engine = new RecordingEngine(settings)).Run();
        CollectionAssert.AreEqual(Enumerable.Range(0, 9).Select(step => new CosineSchedule(Options.LearningRate, Options.MinLearningRate, 9, 3)[step]).ToArray(), engine!.LearningRates);
    }

    [TestMethod]
    public void HeadInitScale_IsThatOfTheInitialHead()
    {
        TrainingEngineSettings? made = null;
        TrainingEngineFactory factory = settings =>
        {
            made = settings;
            throw new OperationCanceledException("The initial weights are all that is wanted.");
        };
        Assert.IsTrue(new TrainingSession(Config, null, Options with { HeadInitScale = 0.001 }, new SyntheticImages(10, 3), null, factory).Run().Cancelled);
        WeightSet scaled = made!.Weights, plain = WeightInitializer.Create(Config, Options.Seed);
        CollectionAssert.AreEqual(plain["head.weight"].Values.Select(value => value * 0.001f).ToArray(), WeightInitializer.Create(Config, Options.Seed, 0.001f)["head.weight"].Values);
        CollectionAssert.AreEqual(WeightInitializer.Create(Config, Options.Seed, 0.001f)["head.weight"].Values, scaled["head.weight"].Values);
        CollectionAssert.AreEqual(plain["norm.weight"].Values, scaled["norm.weight"].Values);
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
    public void ABatchSizeAboveTheNumberOfImages_TakesTheMemoryOfTheImages()
    {
        var options = Options with { BatchSize = 1 << 20, LoaderThreads = 1 };
        List<string> wanted = Batches(options with { BatchSize = 10 }), found = [];
        long before = GC.GetAllocatedBytesForCurrentThread(), planned = 0;
        found = Batches(options, bytes => planned = bytes);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before, image = options.Preprocessing.Length * sizeof(float);
        CollectionAssert.AreEqual(wanted, found);
        Assert.IsTrue(planned < 100 * image, $"{planned} bytes are planned");
        Assert.IsTrue(allocated < 200 * image, $"{allocated} bytes were allocated");

        static List<string> Batches(TrainingOptions options, Action<long>? planned = null)
        {
            RecordingEngine? engine = null;
            Session(options, settings => engine = new RecordingEngine(settings)).Run(new TrainingCallbacks { Planned = planned });
            return engine!.Batches;
        }
    }

    [TestMethod]
    public void MemoryThatCannotBeAllocated_IsAnErrorThatSaysWhatToChange()
    {
        var error = Assert.ThrowsExactly<OutOfMemoryException>(() => Session(Options, _ => throw new OutOfMemoryException()).Run());
        StringAssert.Contains(error.Message, "batches of 4 images of 32 x 32 pixels");
        StringAssert.Contains(error.Message, nameof(TrainingOptions.ActivationCheckpointing));
    }

    [TestMethod]
    public void OptionsOutOfRange_AreNamed()
    {
        Expect(Options with { Epochs = 0 }, nameof(TrainingOptions.Epochs));
        Expect(Options with { WarmupEpochs = 3 }, nameof(TrainingOptions.WarmupEpochs));
        Expect(Options with { LearningRate = double.NaN }, nameof(TrainingOptions.LearningRate));
        Expect(Options with { AccumulateBatches = 0 }, nameof(TrainingOptions.AccumulateBatches));
        Expect(Options with { MaxGradientNorm = 0 }, nameof(TrainingOptions.MaxGradientNorm));
        Expect(Options with { AverageDecay = 1 }, nameof(TrainingOptions.AverageDecay));
        Expect(Options with { WeightSelection = WeightSelection.Average }, nameof(TrainingOptions.WeightSelection));
        Expect(Options with { Mixup = new Mixup(), BatchSize = 1 }, nameof(TrainingOptions.BatchSize));
        Expect(Options with { HeadInitScale = 0 }, nameof(TrainingOptions.HeadInitScale));
        Expect(Options with { EarlyStoppingPatience = 0 }, nameof(TrainingOptions.EarlyStoppingPatience));
        Expect(Options with { MaxTrainingTime = TimeSpan.Zero }, nameof(TrainingOptions.MaxTrainingTime));
        Expect(Options with { LabelSmoothing = 1 }, nameof(TrainingOptions.LabelSmoothing));
        Expect(Options with { BatchSize = 0 }, nameof(TrainingOptions.BatchSize));
        Expect(Options with { Crop = new RandomResizedCrop { MinScale = 0 } }, nameof(RandomResizedCrop.MinScale));
        new TrainingOptions().Validate();

        static void Expect(TrainingOptions options, string name) =>
            Assert.AreEqual(name, Assert.ThrowsExactly<ArgumentOutOfRangeException>(options.Validate).ParamName);
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
