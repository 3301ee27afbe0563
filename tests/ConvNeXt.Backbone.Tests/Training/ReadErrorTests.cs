using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.Tests.Training;

/// <summary>Images that can be read when a run starts, and not later.</summary>
[TestClass]
public sealed class ReadErrorTests
{
    private static readonly ConvNeXtConfig Config = new() { Depths = [1, 1, 1, 1], Widths = [4, 8, 12, 16], ClassCount = 3 };

    private static readonly TrainingOptions Options = new()
    {
        Epochs = 3,
        WarmupEpochs = 1,
        BatchSize = 4,
        Preprocessing = ImagePreprocessing.ForSize(32),
        SkipUnreadableImages = true,
        LoaderThreads = 2,
    };

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void AnImageThatIsUnreadableForAMoment_IsReadAgain_WithoutAWord(bool skips)
    {
        List<string> expected = Batches(Options, new Flaky(10, _ => false), Assert.Fail), found;
        int waits = 0;
        var failures = new Dictionary<int, int>();
        found = Batches(Options with { SkipUnreadableImages = skips }, new Flaky(10, FailsTwice), Assert.Fail, _ => Interlocked.Increment(ref waits));
        CollectionAssert.AreEqual(expected, found);
        Assert.IsTrue(waits >= 2);

        bool FailsTwice(int item)
        {
            if (item != 3) return false;
            lock (failures) return (failures[item] = failures.GetValueOrDefault(item) + 1) <= 2;
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void AnImageThatIsNoLongerReadable_IsLeftOutOfTheEpoch_AndNamed(bool mixed)
    {
        var warnings = new List<string>();
        var images = new Flaky(10, item => item == 3) { ReadableFirst = 1 };
        List<string> batches = Batches(Options with { Mixup = mixed ? new Mixup() : null }, images, warnings.Add);
        Assert.AreEqual(9, batches.Count);
        Assert.AreEqual(3 * 9, batches.Sum(batch => int.Parse(batch.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.AreEqual(3, warnings.Count);
        StringAssert.StartsWith(warnings[1], "picture 3 was read before, but not now, and is left out in epoch 2: ");
    }

    [TestMethod]
    public void ThatImage_EndsTheRun_WhereImagesAreNotToBeSkipped()
    {
        var images = new Flaky(10, item => item == 3);
        var error = Assert.ThrowsExactly<UnreadableImageException>(() => Batches(Options with { SkipUnreadableImages = false }, images, Assert.Fail));
        StringAssert.Contains(error.Message, "picture 3");
    }

    [TestMethod]
    public void BatchesWithoutAnyImage_TakeNoStep_AndAnEpochWithoutAnyIsAnError()
    {
        RecordingEngine? engine = null;
        var warnings = new List<string>();
        var single = new Flaky(3, item => item == 1) { ReadableFirst = 1 };
        Session(Options with { BatchSize = 1 }, single, settings => engine = new RecordingEngine(settings)).Run(new TrainingCallbacks { Warning = warnings.Add });
        Assert.AreEqual((6, 3), (engine!.LearningRates.Count, warnings.Count));

        var gone = new Flaky(30, _ => true) { ReadableFirst = 1 };
        StringAssert.Contains(
            Assert.ThrowsExactly<UnreadableImageException>(() => Batches(Options with { Epochs = 50 }, gone, warnings.Add)).Message, "No image of the training set");
        StringAssert.Contains(warnings[^1], "are not named");

        var validation = new Flaky(6, _ => true) { ReadableFirst = 1 };
        var session = Session(Options, new Flaky(10, _ => false), settings => new RecordingEngine(settings), validation);
        StringAssert.Contains(Assert.ThrowsExactly<UnreadableImageException>(() => session.Run()).Message, "validation set");
    }

    [TestMethod]
    public void ValidationImages_ThatAreNoLongerReadable_AreNotCounted()
    {
        var validation = new Flaky(6, item => item == 0) { ReadableFirst = 1 };
        TrainingEngineFactory factory = settings => new RecordingEngine(settings) { ScoredAsFirst = _ => 100 };
        var result = Session(Options, new Flaky(10, _ => false), factory, validation).Run();
        Assert.AreEqual(1.0 / 5, result.Epochs[0].Validation!.MicroAccuracy, 1e-12, "of class 0 one of two is left");
    }

    [TestMethod]
    public void StatisticsAndFeatures_AreThoseOfTheImagesThatCanBeRead()
    {
        var options = Options with { NormalizeByTrainingSet = true, LinearProbe = true, Epochs = 2 };
        var images = new Flaky(10, item => item == 3) { ReadableFirst = 1 };
        var without = new SyntheticImages(10, 3);
        without.Broken.Add(3);
        TrainingResult found = new TrainingSession(Config, null, options, images) { Wait = _ => { } }.Run();
        TrainingResult expected = new TrainingSession(Config, null, options, without) { Wait = _ => { } }.Run();
        Assert.AreEqual(expected.Preprocessing, found.Preprocessing);
        foreach (var (one, other) in expected.Weights.Tensors.Zip(found.Weights.Tensors)) CollectionAssert.AreEqual(one.Values, other.Values, one.Name);
        Assert.AreEqual("picture 3", found.UnreadableImages.Single().Description);
    }

    [TestMethod]
    public void ABatchThatCannotBePlanned_IsTheConsumersError()
    {
        using var loader = new BatchLoader(3, 2, 1, Plan, (_, _, _) => { }, threads: 3, batchesAhead: 2);
        loader.Take(() => { });
        Assert.ThrowsExactly<NotSupportedException>(() => loader.Take(() => { }));

        static PlannedBatch Plan(int number) => number == 0 ? new(0, IsValidation: false, [0, 1]) : throw new NotSupportedException();
    }

    private static List<string> Batches(TrainingOptions options, Flaky images, Action<string> warn, Action<TimeSpan>? wait = null)
    {
        RecordingEngine? engine = null;
        Session(options, images, settings => engine = new RecordingEngine(settings), wait: wait).Run(new TrainingCallbacks { Warning = warn });
        return engine!.Batches;
    }

    private static TrainingSession Session(
        TrainingOptions options, Flaky images, TrainingEngineFactory factory, ILabeledImageSource? validation = null, Action<TimeSpan>? wait = null) =>
        new(Config, RecordingEngine.WeightsAfter(0), options, images, validation, factory) { Wait = wait ?? (_ => { }) };

    /// <summary>Synthetic images, some of which fail.</summary>
    private sealed class Flaky(int count, Func<int, bool> fails) : ILabeledImageSource
    {
        private readonly SyntheticImages _images = new(count, 3);
        private readonly int[] _reads = new int[count];

        /// <summary>How often each image is read before the first failure.</summary>
        public int ReadableFirst { get; init; }

        public int Count => count;

        public int LabelOf(int index) => _images.LabelOf(index);

        public string DescribeItem(int index) => _images.DescribeItem(index);

        public RgbImage Load(int index)
        {
            if (Interlocked.Increment(ref _reads[index]) > ReadableFirst && fails(index))
                throw new UnreadableImageException("the network name is no longer available", new IOException());
            return _images.Load(index);
        }
    }
}
