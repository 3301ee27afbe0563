using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Evaluation;
using ConvNeXt.MLNet.Tuning;
using ConvNeXt.MLNet.Tuning.Search;
using Microsoft.ML;

namespace ConvNeXt.Tests.Tuning;

/// <summary>A whole search with a tiny network on generated pictures.</summary>
[TestClass]
public sealed class TuneTests
{
    // Small and quick; the usual space has sizes and steps that take longer.
    private static readonly TuningSpace _space = new()
    {
        Dimensions =
        [
            TuningDimension.Logarithmic(TunedOption.LearningRate, 1e-3, 1e-2),
            TuningDimension.Linear(TunedOption.LabelSmoothing, 0, 0.2),
            TuningDimension.Choice(TunedOption.Augmentation, 0, 1),
            TuningDimension.Choice(TunedOption.Freeze, 0, 0.5),
        ],
    };

    private readonly string _folder = TestFolders.CreateTemporary();

    [TestMethod]
    public void ASearch_GivesSettingsTrialsHeldOutNumbersAndAModel_ThatATrainerGivesAgain()
    {
        TuningResult result = Tune(new TuningOptions { Trials = 4, Space = _space }, epochs: 8);
        Assert.IsFalse(result.IsCanceled);
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3, 4 }, result.Trials.Select(trial => trial.Number).ToArray());
        Assert.IsTrue(result.Trials.All(trial => trial.Failure is null && trial.Score is not null));
        Assert.AreEqual(15, result.HeldOut!.Images, "A fifth of 24 pictures of each class, rounded.");
        Assert.AreEqual(15, result.DefaultHeldOut!.Images);
        Assert.IsGreaterThan(0.6, result.HeldOut.Accuracy);
        Assert.IsTrue(result.HeldOut.AccuracyInterval.Low < result.HeldOut.Accuracy && result.HeldOut.AccuracyInterval.High >= result.HeldOut.Accuracy);

        ConvNeXtClassificationTransformer again = TinyModel.Fit(new MLContext(), result.Options);
        CollectionAssert.AreEqual(TinyModel.Score(result.Model!), TinyModel.Score(again), "The options give the model, bit for bit.");
    }

    [TestMethod]
    public void SettingsOfASearch_GiveATrainerItsModel()
    {
        ConvNeXtTrainer.Options options = CreateOptions(epochs: 4);
        options.LearningRate = 3e-3;
        TuningResult result = Tune(new TuningOptions { Trials = 3, Space = _space }, options);
        (options.Seed, options.ValidationSetFraction) = (result.Options.Seed, null); // as the final model, on all pictures
        ConvNeXtClassificationTransformer again = TinyModel.Fit(new MLContext(), options.WithSettings(result.Chosen.Settings));
        CollectionAssert.AreEqual(TinyModel.Score(result.Model!), TinyModel.Score(again));

        ConvNeXtTrainer.Options changed = options.WithSettings(new Dictionary<string, double>
        {
            [TunedOption.LearningRate] = 1e-3,
            [TunedOption.Steps] = 0.5,
            [TunedOption.Freeze] = 0.5,
            [TunedOption.ImageSize] = 64,
        });
        TrainingOptions training = changed.Recipe!.Training;
        Assert.AreEqual((1e-3, 2, 1, 64), (training.LearningRate, training.Epochs, training.FreezeBackboneEpochs, changed.ImageSize));
        Assert.AreEqual("test, tuned", changed.Recipe.Name);
        Assert.AreEqual((3e-3, 4), (options.LearningRate, options.Recipe!.Training.Epochs), "These options are as before.");
        Assert.Contains("momentum", Assert.ThrowsExactly<ArgumentException>(() => options.WithSettings(Setting("momentum", 0.9))).Message);
        Assert.Contains("dropPath", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => options.WithSettings(Setting(TunedOption.DropPath, 1.5))).Message);

        static Dictionary<string, double> Setting(string name, double value) => new() { [name] = value };
    }

    [TestMethod]
    public void TheDefaultTrial_IsTheTrainerWithItsOptions()
    {
        ConvNeXtTrainer.Options options = CreateOptions(epochs: 8);
        (options.LearningRate, options.BatchSize, options.Augmentation) = (1e-3, 8, AugmentationPreset.Light);
        TuningResult result = Tune(new TuningOptions { Trials = 1, Space = _space }, options);
        Assert.AreEqual(TuningTrial.Default, result.Chosen.Number);
        Assert.AreEqual(1e-3, result.Chosen.Settings[TunedOption.LearningRate]);
        Assert.AreEqual((double)AugmentationPreset.Light, result.Chosen.Settings[TunedOption.Augmentation]);
        options.ValidationSetFraction = null;
        CollectionAssert.AreEqual(TinyModel.Score(TinyModel.Fit(new MLContext(), options)), TinyModel.Score(result.Model!));
    }

    [TestMethod]
    public void CanceledAndContinued_TheSearchIsTheSame()
    {
        string whole = Path.Combine(_folder, "whole"), cut = Path.Combine(_folder, "cut");
        var tuning = new TuningOptions { Trials = 3, Space = _space, Folder = whole };
        TuningResult first = Tune(tuning, epochs: 4);
        int steps = 0;
        for (int session = 0; session < 30; session++)
        {
            using var cancel = new CancellationTokenSource();
            ConvNeXtTrainer.Options options = CreateOptions(epochs: 4);
            options.CancellationToken = cancel.Token;
            int most = steps += 7;
            TuningResult part = Tune(tuning with { Folder = cut, Resume = true, ProgressCallback = CountSteps }, options);
            if (part.IsCanceled)
            {
                Assert.IsNull(part.Model);
                continue;
            }
            Assert.IsGreaterThan(2, session, "It was canceled several times.");
            Assert.AreEqual(first.Chosen.Number, part.Chosen.Number);
            Assert.AreEqual(first.HeldOut!.LogLoss, part.HeldOut!.LogLoss);
            CollectionAssert.AreEqual(Losses(first), Losses(part));
            CollectionAssert.AreEqual(TinyModel.Score(first.Model!), TinyModel.Score(part.Model!));
            return;

            void CountSteps(TuningProgress progress)
            {
                if (progress.Step is not null && --most == 0) cancel.Cancel();
            }
        }
        Assert.Fail("The search did not end.");
    }

    [TestMethod]
    public void WithShuffledLabels_TheHeldOutAccuracyIsChance()
    {
        var random = new Random(3);
        string[] labels = [.. TinyModel.TrainingImages.Select(image => image.Label)];
        random.Shuffle(labels);
        LabeledImage[] images = [.. TinyModel.TrainingImages.Zip(labels, (image, label) => new LabeledImage { ImagePath = image.ImagePath, Label = label })];
        TuningResult result = Tune(new TuningOptions { Trials = 5, Space = _space, HeldOutFraction = 0.4 }, CreateOptions(epochs: 4), images);
        Assert.IsTrue(result.HeldOut!.AccuracyInterval.Low <= 1.0 / 3 && result.HeldOut.AccuracyInterval.High >= 1.0 / 3, $"{result.HeldOut}");
    }

    [TestMethod]
    public void WithFewImages_TheDefaultIsReturned_WithANote()
    {
        LabeledImage[] images = [.. TinyModel.TrainingImages.GroupBy(image => image.Label).SelectMany(label => label.Take(6))];
        TuningResult result = Tune(new TuningOptions { Trials = 5, Space = _space }, CreateOptions(epochs: 1), images);
        Assert.AreEqual(TuningTrial.Default, result.Chosen.Number);
        Assert.Contains("6 images", result.Notes[0]);
        Assert.IsNotNull(result.Model);
        Assert.AreEqual(3, result.HeldOut!.Images);
    }

    [TestMethod]
    public void WithTooLittleTime_TheDefaultIsReturned_WithANote()
    {
        TuningResult result = Tune(new TuningOptions { TimeLimit = TimeSpan.FromMilliseconds(1), Space = _space }, epochs: 2);
        Assert.AreEqual(TuningTrial.Default, result.Chosen.Number);
        Assert.IsNotEmpty(result.Notes);
        Assert.IsNotNull(result.Model);
        Assert.IsNull(result.HeldOut);
    }

    [TestMethod]
    public void TheValidationSet_IsWhatIsHeldOut()
    {
        ConvNeXtTrainer.Options options = CreateOptions(epochs: 8);
        options.ValidationSet = TinyModel.WithKeys(new MLContext(), TinyModel.TestSet);
        TuningResult result = Tune(new TuningOptions { Trials = 2, Space = _space }, options);
        Assert.AreEqual(TinyModel.TestSet.Count, result.HeldOut!.Images);
        // It is trained on all the other images, so the model that is returned is the one that was measured.
        string[] names = [.. result.Model!.LabelNames];
        var predictions = result.Model.PredictFiles([.. TinyModel.TestSet.Select(image => image.ImagePath)]).ToList();
        var report = ClassificationReport.Create(names, predictions, [.. TinyModel.TestSet.Select(image => Array.IndexOf(names, image.Label))]);
        Assert.AreEqual(report.Accuracy, result.HeldOut.Accuracy);
        Assert.AreEqual(report.LogLoss, result.HeldOut.LogLoss, 1e-3);
    }

    [TestMethod]
    public void SettingsThatDiverge_AreALine_NotTheEnd()
    {
        TuningSpace space = new() { Dimensions = [TuningDimension.Choice(TunedOption.LearningRate, 4e-3, 9.9)] };
        TuningResult result = Tune(new TuningOptions { Trials = 2, Space = space, Folder = _folder }, epochs: 8);
        TuningTrial failed = result.Trials.Single(trial => trial.Settings.GetValueOrDefault(TunedOption.LearningRate) == 9.9);
        bool hasDiverged = failed.Failure is not null;
        if (hasDiverged) Assert.Contains(failed.Failure!, File.ReadAllText(Path.Combine(_folder, SearchJournal.FileName)));
        Assert.IsTrue(hasDiverged || failed.Score!.LogLoss > result.Chosen.Score!.LogLoss);
        Assert.AreEqual(TuningTrial.Default, result.Chosen.Number);
    }

    [TestMethod]
    public void OptionsThatDoNotFit_AreRefused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => Tune(new TuningOptions(), epochs: 1));
        Assert.ThrowsExactly<ArgumentException>(() => Tune(new TuningOptions { Trials = 1, Resume = true }, epochs: 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Tune(new TuningOptions { Trials = 0 }, epochs: 1));
        ConvNeXtTrainer.Options options = CreateOptions(epochs: 1);
        options.MaxTrainingTime = TimeSpan.FromSeconds(1);
        Assert.ThrowsExactly<ArgumentException>(() => Tune(new TuningOptions { Trials = 1 }, options));
        Assert.ThrowsExactly<ArgumentException>(() => TuningDimension.Linear("learningrate", 0.1, 0.2));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TuningDimension.Linear(TunedOption.LayerDecay, 0.5, 1.5));
        Assert.ThrowsExactly<ArgumentException>(() => TuningDimension.Logarithmic(TunedOption.WeightDecay, 0, 1));
    }

    [TestMethod]
    public void OverManyTrials_MemoryDoesNotGrow()
    {
        long afterTen = 0, after = 0;
        LabeledImage[] images = [.. TinyModel.TrainingImages.GroupBy(image => image.Label).SelectMany(label => label.Take(10))];
        Tune(new TuningOptions
        {
            Trials = 50,
            Space = _space,
            ProgressCallback = progress =>
            {
                if (progress.Measured is not { Number: var number } || number is not (10 or 50)) return;
                long bytes = GC.GetTotalMemory(forceFullCollection: true);
                if (number == 10) afterTen = bytes;
                else after = bytes;
            },
        }, CreateOptions(epochs: 1), images);
        Assert.IsGreaterThan(0, afterTen);
        Assert.IsLessThan(afterTen + 2_000_000, after);
    }

    private static ConvNeXtTrainer.Options CreateOptions(int epochs)
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs);
        options.Seed = 5;
        options.Weights = Weights.Value;
        return options;
    }

    private static double[] Losses(TuningResult result) => [.. result.Trials.Select(trial => trial.Score!.LogLoss)];

    private static TuningResult Tune(TuningOptions tuning, int epochs) => Tune(tuning, CreateOptions(epochs));

    private static TuningResult Tune(TuningOptions tuning, ConvNeXtTrainer.Options options, IEnumerable<LabeledImage>? images = null)
    {
        var context = new MLContext(seed: 1);
        IDataView data = TinyModel.WithKeys(context, images ?? TinyModel.TrainingImages);
        return context.MulticlassClassification.Trainers.ConvNeXt(options).Tune(data, tuning);
    }

    /// <summary>Weights whose head is for another number of classes, as published ones are, so that it can be solved.</summary>
    private static Lazy<string> Weights { get; } = new(() =>
    {
        string path = Path.Combine(TestFolders.CreateTemporary(), "tiny.safetensors");
        SafetensorsWriter.Write(path, WeightInitializer.Create(TinyModel.Config with { ClassCount = 7 }, seed: 1));
        return path;
    });
}
