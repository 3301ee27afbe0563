using System.Reflection;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace ConvNeXt.Tests.Training;

[TestClass]
public sealed class TrainerTests
{
    [TestMethod]
    public void Trainer_LearnsTheTask_AndMeasuresTheWholeValidationSet()
    {
        var context = new MLContext(seed: 1);
        var epochs = new List<EpochMetrics>();
        int steps = 0;
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 12);
        options.ValidationSet = context.Data.LoadFromEnumerable(TinyModel.TestSet);
        options.MetricsCallback = epochs.Add;
        options.ProgressCallback = progress => steps = (progress.Epoch - 1) * progress.StepsPerEpoch + progress.Step;

        ConvNeXtClassificationTransformer model = TinyModel.Fit(context, options);

        Assert.AreEqual(12, epochs.Count);
        Assert.AreEqual(12 * 5, steps, "72 images in batches of 16 are 5 steps");
        EpochMetrics best = epochs.MaxBy(epoch => (epoch.Validation!.MicroAccuracy, -epoch.Validation.Loss))!;
        Assert.IsTrue(best.Validation!.MicroAccuracy >= 0.9, $"accuracy {best.Validation.MicroAccuracy}");
        MulticlassClassificationMetrics measured = Evaluate(context, model, TinyModel.TestSet);
        Assert.AreEqual(best.Validation.MicroAccuracy, measured.MicroAccuracy, 1e-9, "the callback and Evaluate measure the same: the best epoch over the whole set");
        Assert.AreEqual(best.Validation.Loss, measured.LogLoss, 1e-4);
    }

    [TestMethod]
    public void SameSeed_GivesTheSameModel_OnAnyNumberOfThreads()
    {
        static WeightSet Train(int seed, int threads)
        {
            ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
            options.Recipe = options.Recipe!.With(training => training with { ComputeThreads = threads, LoaderThreads = threads });
            return TinyModel.Fit(new MLContext(seed), options).Weights;
        }

        WeightSet one = Train(seed: 5, threads: 1), two = Train(seed: 5, threads: 2), other = Train(seed: 6, threads: 2);
        foreach (WeightTensor tensor in one.Tensors) CollectionAssert.AreEqual(tensor.Values, two[tensor.Name].Values, tensor.Name);
        CollectionAssert.AreNotEqual(one["head.weight"].Values, other["head.weight"].Values);
    }

    [TestMethod]
    public void PathsBytesAndPixels_TrainTheSameModel()
    {
        var context = new MLContext(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(TinyModel.TrainingImages.Select(image => new ThreeForms
        {
            ImagePath = image.ImagePath,
            Label = image.Label,
            Bytes = File.ReadAllBytes(image.ImagePath),
            Pixels = MLImage.CreateFromFile(image.ImagePath),
        }).ToArray());
        IDataView data = context.Transforms.Conversion.MapValueToKey("Label").Fit(rows).Transform(rows);
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        ConvNeXtClassificationTransformer expected = context.MulticlassClassification.Trainers.ConvNeXt(options).Fit(data);
        float[] expectedScores = Scores(context, expected.Transform(data));

        foreach (string column in new[] { "Bytes", "Pixels" })
        {
            options.ImageColumnName = column;
            ConvNeXtClassificationTransformer model = context.MulticlassClassification.Trainers.ConvNeXt(options).Fit(data);
            foreach (WeightTensor tensor in expected.Weights.Tensors) CollectionAssert.AreEqual(tensor.Values, model.Weights[tensor.Name].Values, tensor.Name);
            CollectionAssert.AreEqual(expectedScores, Scores(context, model.Transform(data)), column);
        }
    }

    [TestMethod]
    public void RelativePaths_AreRelativeToTheImageFolder_WhichALoadedModelIsTold()
    {
        var context = new MLContext(seed: 1);
        string folder = Path.GetDirectoryName(Path.GetDirectoryName(TinyModel.TrainingImages[0].ImagePath))!;
        LabeledImage[] relative =
        [
            .. TinyModel.TrainingImages.Select(image => new LabeledImage { ImagePath = Path.GetRelativePath(folder, image.ImagePath), Label = image.Label }),
        ];
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.ImageRootFolder = folder;
        ConvNeXtClassificationTransformer model = TinyModel.Fit(context, options, relative);
        using var stream = new MemoryStream();
        context.Model.Save(model, null, stream);
        stream.Position = 0;
        ITransformer loaded = context.Model.Load(stream, out _).WithImageRootFolder(folder);

        float[] expected = Scores(context, model.Transform(context.Data.LoadFromEnumerable(TinyModel.TrainingImages)));
        Assert.IsFalse(expected.Any(float.IsNaN));
        CollectionAssert.AreEqual(expected, Scores(context, loaded.Transform(context.Data.LoadFromEnumerable(relative))));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void NetworksOfOneStage_AndWithEveryOption_TrainAndAreLoadedAsSaved(bool isotropic)
    {
        var context = new MLContext(seed: 1);
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 2);
        options.Config = isotropic
            ? new ConvNeXtConfig { Depths = [2], Widths = [12] }
            : TinyModel.Config with { GlobalResponseNorm = true, OverlappingStemWidth = 6, NormBeforePooling = true, HeadHiddenWidth = 20, NormEpsilon = 1e-5f };
        options.Recipe = options.Recipe!.With(training => training with { LayerDecay = 0.8, LayerDecayRule = LayerDecayRule.Single });
        var epochs = new List<EpochMetrics>();
        options.MetricsCallback = epochs.Add;
        ConvNeXtClassificationTransformer model = TinyModel.Fit(context, options);
        using var stream = new MemoryStream();
        context.Model.Save(model, null, stream);
        stream.Position = 0;
        ITransformer loaded = context.Model.Load(stream, out _);

        Assert.IsTrue(epochs[^1].TrainLoss < epochs[0].TrainLoss, $"{epochs[0].TrainLoss} to {epochs[^1].TrainLoss}");
        IDataView images = context.Data.LoadFromEnumerable(TinyModel.TestSet);
        CollectionAssert.AreEqual(Scores(context, model.Transform(images)), Scores(context, loaded.Transform(images)));
    }

    [TestMethod]
    public void KeysWithoutValues_TrainToo_AndTheModelHasNoLabelNames()
    {
        var context = new MLContext(seed: 1);
        IDataView data = context.Data.LoadFromEnumerable(TinyModel.TrainingImages.Select(
            image => new WithKey { ImagePath = image.ImagePath, Label = (uint)Array.IndexOf(TestImages.Labels, image.Label) }).ToArray());
        ConvNeXtClassificationTransformer model = context.MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 8)).Fit(data);
        using var stream = new MemoryStream();
        context.Model.Save(model, null, stream);
        stream.Position = 0;
        IDataView scored = context.Model.Load(stream, out _).Transform(data);

        Assert.AreEqual(0, model.LabelNames.Count);
        Assert.IsNull(scored.Schema["PredictedLabel"].Annotations.Schema.GetColumnOrNull("KeyValues"));
        Assert.IsTrue(context.MulticlassClassification.Evaluate(scored).MicroAccuracy > 0.6);
    }

    [TestMethod]
    public void PretrainedWeights_AreTaken_AndAHeadOfOtherClassesIsReplacedWithANote()
    {
        string path = Path.Combine(TestFolders.CreateTemporary(), "pretrained.safetensors");
        SafetensorsWriter.Write(path, WeightInitializer.Create(TinyModel.Config with { ClassCount = 7 }, seed: 3));
        var context = new MLContext(seed: 1);
        var messages = new List<string>();
        context.Log += (_, message) => messages.Add(message.Message);
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.Weights = path;
        options.Recipe = options.Recipe!.With(training => training with { LearningRate = 1e-9, MinLearningRate = 0 });

        WeightSet weights = TinyModel.Fit(context, options).Weights;

        WeightSet pretrained = SafetensorsReader.Read(path);
        Assert.AreEqual(pretrained["stages.2.0.dwconv.weight"].Values[5], weights["stages.2.0.dwconv.weight"].Values[5], 1e-6f);
        CollectionAssert.AreEqual(new[] { 3, 32 }, weights["head.weight"].Shape.ToArray());
        Assert.IsTrue(weights["head.weight"].Values.Max(Math.Abs) < 0.001, "a fresh head for fine-tuning is small");
        Assert.IsTrue(messages.Any(message => message.Contains("head") && message.Contains("7 classes") && message.Contains("fresh head for 3")), string.Join('\n', messages));
    }

    [TestMethod]
    public void PicturesOfVeryDifferentSizes_TrainInOneBatch()
    {
        string folder = TestFolders.CreateTemporary();
        var images = new List<LabeledImage>();
        (int Width, int Height)[] sizes = [(1, 1), (7, 300), (300, 7), (33, 32), (640, 480), (40, 41)];
        foreach ((int width, int height) in sizes)
        {
            foreach ((string label, byte value) in new[] { ("bright", (byte)220), ("dark", (byte)30) })
            {
                byte[] pixels = new byte[width * height * 3];
                pixels.AsSpan().Fill(value);
                string path = Path.Combine(folder, $"{label}-{width}x{height}.bmp");
                File.WriteAllBytes(path, TestImages.EncodeBmp(width, height, pixels));
                images.Add(new LabeledImage { ImagePath = path, Label = label });
            }
        }
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 6);
        options.ValidationSetFraction = null;
        options.Recipe = options.Recipe!.With(training => training with { Crop = new RandomResizedCrop(), HorizontalFlip = 0.5 });
        var context = new MLContext(seed: 1);
        ConvNeXtClassificationTransformer model = TinyModel.Fit(context, options, images);
        Assert.AreEqual(1, Evaluate(context, model, images).MicroAccuracy);
        Directory.Delete(folder, recursive: true);
    }

    [TestMethod]
    public void PlannedMemory_IsToldBeforeTheFirstEpoch()
    {
        var context = new MLContext(seed: 1);
        var messages = new List<string>();
        context.Log += (_, message) => messages.Add(message.Message);
        TinyModel.Fit(context, TinyModel.CreateOptions(epochs: 1));
        int plan = messages.FindIndex(message => message.Contains("Training takes") && message.Contains("MB"));
        int epoch = messages.FindIndex(message => message.Contains("Epoch 1:"));
        Assert.IsTrue(plan >= 0 && epoch > plan, string.Join('\n', messages));
    }

    [TestMethod]
    public void CancelExecution_StopsWithinTheEpoch_AndKeepsTheBestWeights()
    {
        var context = new MLContext(seed: 1);
        var messages = new List<string>();
        context.Log += (_, message) => messages.Add(message.Message);
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 50);
        options.ValidationSetFraction = 0.25f;
        int epochs = 0, steps = 0;
        options.MetricsCallback = _ => epochs++;
        options.ProgressCallback = progress =>
        {
            steps++;
            if (progress is { Epoch: 3, Step: 2 }) CancelExecution(context);
        };

        ConvNeXtClassificationTransformer model = TinyModel.Fit(context, options);

        Assert.AreEqual(2, epochs);
        Assert.AreEqual(2 * 4 + 2, steps, "54 images in batches of 16 are 4 steps; no step follows the cancelled one");
        Assert.IsTrue(messages.Any(message => message.Contains("canceled after 2 epochs") && message.Contains("the best so far")), string.Join('\n', messages));
        Assert.AreEqual(TinyModel.TestSet.Count * 3, Scores(new MLContext(), model.Transform(new MLContext().Data.LoadFromEnumerable(TinyModel.TestSet))).Length);
    }

    [TestMethod]
    public void Cancelled_BeforeTheFirstStep_Throws()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 2);
        options.CancellationToken = new CancellationToken(canceled: true);
        Assert.ThrowsExactly<OperationCanceledException>(() => TinyModel.Fit(new MLContext(seed: 1), options));

        var context = new MLContext(seed: 1);
        ConvNeXtTrainer trainer = context.MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 2));
        IDataView data = TinyModel.WithKeys(context, TinyModel.TrainingImages);
        CancelExecution(context);
        Assert.ThrowsExactly<OperationCanceledException>(() => trainer.Fit(data));
    }

    [TestMethod]
    public void SplitCrossValidateAndCache_WorkWithTheTrainer()
    {
        var context = new MLContext(seed: 1);
        IDataView data = context.Data.LoadFromEnumerable(TinyModel.TrainingImages);
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label")
            .AppendCacheCheckpoint(context)
            .Append(context.MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 1)));

        DataOperationsCatalog.TrainTestData split = context.Data.TrainTestSplit(data, testFraction: 0.25);
        ITransformer model = pipeline.Fit(split.TrainSet);
        Assert.AreEqual(3, context.MulticlassClassification.Evaluate(model.Transform(split.TestSet)).ConfusionMatrix.NumberOfClasses);

        var folds = context.MulticlassClassification.CrossValidate(data, pipeline, numberOfFolds: 2);
        Assert.AreEqual(2, folds.Count);
        Assert.IsTrue(folds.All(fold => fold.Metrics.LogLoss is > 0 and < 10));
    }

    /// <summary>Public ML.NET offers no other way to a context's cancellation: AutoML and the tools call this internal method.</summary>
    private static void CancelExecution(MLContext context) =>
        typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(context, null);

    private static float[] Scores(MLContext context, IDataView view) =>
        [.. context.Data.CreateEnumerable<ScoredImage>(view, reuseRowObject: false).SelectMany(row => row.Score)];

    private static MulticlassClassificationMetrics Evaluate(MLContext context, ConvNeXtClassificationTransformer model, IEnumerable<LabeledImage> images) =>
        context.MulticlassClassification.Evaluate(model.Transform(TinyModel.WithKeys(context, images)));

    private sealed class WithKey
    {
        public string ImagePath { get; set; } = "";

        [KeyType(3)]
        public uint Label { get; set; }
    }

    private sealed class ThreeForms
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";

        public byte[] Bytes { get; set; } = [];

        [ImageType(TestImages.Size, TestImages.Size)]
        public MLImage? Pixels { get; set; }
    }
}
