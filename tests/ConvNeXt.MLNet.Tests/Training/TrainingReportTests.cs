using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Training;
using Microsoft.ML;

namespace ConvNeXt.Tests.Training;

/// <summary>What a run tells: its settings, its progress, and files of its own.</summary>
[TestClass]
public sealed class TrainingReportTests
{
    [TestMethod]
    public void SettingsOfTheRun_AreInTheLog_AndOnTheModel()
    {
        var log = new StringWriter();
        MLContext context = new MLContext(seed: 3).PrintConvNeXtProgress(log);
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 5);
        (options.Epochs, options.BatchSize, options.LearningRate, options.Augmentation) = (2, 8, 1e-3, AugmentationPreset.Light);

        ConvNeXtClassificationTransformer model = TinyModel.Fit(context, options);

        ConvNeXtTrainingInfo info = model.TrainingInfo!;
        Assert.AreEqual("test", info.Recipe);
        Assert.AreEqual(2, info.Options.Epochs);
        Assert.AreEqual(8, info.Options.BatchSize);
        Assert.AreEqual(1e-3, info.Options.LearningRate);
        Assert.AreEqual(32, info.Options.Preprocessing.Size);
        Assert.AreEqual(3, info.Options.Seed);
        Assert.AreEqual(72, info.TrainingImages + info.ValidationImages);
        StringAssert.StartsWith(info.Engine, "managed");
        string[] lines = info.ToString().Split('\n', StringSplitOptions.TrimEntries);
        Assert.AreEqual($"Training test network for 3 classes on {info.TrainingImages} images, {info.ValidationImages} more for validation.", lines[0]);
        Assert.AreEqual("Start: from scratch", lines[1]);
        Assert.AreEqual("Recipe: test; 2 epochs in batches of 8, learning rate 0.001", lines[2]);
        Assert.AreEqual("Images: 32 x 32 pixels, cropped; augmentation: crops from 70 % of the area, mirroring", lines[3]);
        StringAssert.StartsWith(lines[4], "Seed: 3; engine: managed");
        StringAssert.Contains(log.ToString(), info.ToString());
        Assert.AreSame(info, model.WithImageRootFolder("x").WithProblemColumn("y").WithEngine(ConvNeXtEngine.Managed).TrainingInfo);
    }

    [TestMethod]
    public void Progress_IsALineForEachEpoch_FromConvNeXtOnly()
    {
        var log = new StringWriter();
        MLContext context = new MLContext(seed: 1).PrintConvNeXtProgress(log);
        IDataView data = TinyModel.WithKeys(context, TinyModel.TrainingImages);
        context.MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 3)).Append(context.Transforms.CopyColumns("Copy", "Label")).Fit(data);
        string text = log.ToString();
        for (int epoch = 1; epoch <= 3; epoch++) StringAssert.Contains(text, $"Epoch {epoch}: loss ");
        Assert.IsFalse(text.Contains("[Source=", StringComparison.Ordinal) || text.Contains("Channel", StringComparison.Ordinal), text);
    }

    [TestMethod]
    public void MetricsOfAnEpoch_AreReadableText()
    {
        var epoch = new EpochMetrics
        {
            Epoch = 4,
            TrainLoss = 0.5,
            TrainAccuracy = 0.75,
            LearningRate = 1e-3,
            ImagesPerSecond = 12.34,
            Seconds = 2,
            Validation = new ValidationMetrics(0.25, 0.9, 0.8, [0.9], [0.8, 1], 0.05),
        };
        Assert.AreEqual(
            "Epoch 4: loss 0.5000, accuracy 75.0 %; validation loss 0.2500, accuracy 90.0 % (macro 80.0 %), calibration error 5.0 %; 12.3 images/s",
            epoch.ToString());
    }

    [TestMethod]
    public void EachFoldOfCrossValidate_HasAMetricsFileAndCheckpointsOfItsOwn()
    {
        string folder = TestFolders.CreateTemporary(), metrics = Path.Combine(folder, "metrics.csv"), checkpoints = Path.Combine(folder, "checkpoints");
        var context = new MLContext(seed: 1);
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 2);
        (options.MetricsFile, options.Checkpoints) = (metrics, new() { Folder = checkpoints });
        context.MulticlassClassification.CrossValidate(
            context.Data.LoadFromEnumerable(TinyModel.TrainingImages), context.MulticlassClassification.Trainers.ConvNeXt(options), numberOfFolds: 3);
        foreach (string suffix in new[] { "", "-2", "-3" })
        {
            Assert.AreEqual(3, File.ReadAllLines(Path.Combine(folder, $"metrics{suffix}.csv")).Length, "a header and two epochs");
            Assert.IsTrue(File.Exists(Path.Combine(checkpoints + suffix, "checkpoint.safetensors")));
        }
        Directory.Delete(folder, recursive: true);
    }

    [TestMethod]
    public void ACanceledFit_IsContinuedInTheSameFiles_ByTheSameTrainer()
    {
        string folder = TestFolders.CreateTemporary();
        var context = new MLContext(seed: 1);
        using var source = new CancellationTokenSource();
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 2);
        options.Checkpoints = new() { Folder = Path.Combine(folder, "run"), Resume = true };
        options.CancellationToken = source.Token;
        options.ProgressCallback = progress =>
        {
            if (progress.Step == 2) source.Cancel();
        };
        ConvNeXtTrainer trainer = context.MulticlassClassification.Trainers.ConvNeXt(options);
        IDataView data = TinyModel.WithKeys(context, TinyModel.TrainingImages);
        trainer.Fit(data);
        (options.CancellationToken, options.ProgressCallback) = (default, null);
        trainer.Fit(data);
        CollectionAssert.AreEqual(new[] { Path.Combine(folder, "run") }, Directory.GetDirectories(folder));
        Directory.Delete(folder, recursive: true);
    }

    [TestMethod]
    public void NumberedFiles_KeepFolderAndExtension()
    {
        Assert.IsNull(NumberedFiles.Of((string?)null, 2));
        Assert.AreEqual("metrics.csv", NumberedFiles.Of("metrics.csv", 1));
        Assert.AreEqual("metrics-2.csv", NumberedFiles.Of("metrics.csv", 2));
        Assert.AreEqual(Path.Join("a.b", "metrics-12"), NumberedFiles.Of(Path.Join("a.b", "metrics"), 12));
    }
}
