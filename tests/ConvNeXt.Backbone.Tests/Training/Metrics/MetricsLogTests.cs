using System.Globalization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Metrics;

namespace ConvNeXt.Tests.Training.Metrics;

[TestClass]
public sealed class MetricsLogTests
{
    private const string Header = "epoch,train_loss,train_accuracy,learning_rate,images_per_second,seconds,"
        + "validation_loss,micro_accuracy,macro_accuracy,expected_calibration_error,top_2_accuracy,recall_a,\"recall_b,c\"";

    private readonly string _folder = TestFolders.CreateTemporary();

    private string File => Path.Combine(_folder, "metrics.csv");

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void EachEpoch_IsALine_InTheInvariantCulture_EmptyWhereNothingWasMeasured()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        commas.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo.CurrentCulture = commas;
        try
        {
            MetricsLog log = Open();
            log.Append(Epoch(1));
            log.Append(Epoch(2) with { Validation = new ValidationMetrics(0.25, 0.5, 0.75, [0.5, 1], [0.125, double.NaN], 0.0625) });
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
        CollectionAssert.AreEqual(
            new[] { Header, "1,1.5,0.5,0.001,20,3,,,,,,,", "2,1.5,0.5,0.001,20,3,0.25,0.5,0.75,0.0625,1,0.125," }, System.IO.File.ReadAllLines(File));
    }

    [TestMethod]
    public void AverageOfTheWeights_HasItsOwnColumns()
    {
        var metrics = new ValidationMetrics(0.25, 0.5, 0.75, [0.5, 1], [0.5, 0.5], 0.0625);
        new MetricsLog(File, ["a", "b"], 1, hasAverage: true).Append(Epoch(1) with { Validation = metrics, AverageValidation = metrics with { Loss = 0.125 } });
        string[] lines = System.IO.File.ReadAllLines(File);
        Assert.AreEqual("0.125", lines[1].Split(',')[Array.IndexOf(lines[0].Split(','), "average_loss")]);
        Assert.AreEqual("0.5", lines[1].Split(',')[Array.IndexOf(lines[0].Split(','), "recall_b")]);
    }

    [TestMethod]
    public void ResumedRun_GoesOnInTheFile_WithoutDuplicatesOrATornLine()
    {
        MetricsLog killed = Open();
        for (int epoch = 1; epoch <= 4; epoch++) killed.Append(Epoch(epoch));
        System.IO.File.AppendAllText(File, "5,1.5,0."); // killed within the line

        MetricsLog resumed = Open(); // from a checkpoint after epoch 2
        resumed.Append(Epoch(3) with { TrainLoss = 9 });
        resumed.Append(Epoch(4));
        CollectionAssert.AreEqual(
            new[] { Header, "1,1.5,", "2,1.5,", "3,9,0.", "4,1.5," }, System.IO.File.ReadAllLines(File).Select((line, i) => i == 0 ? line : line[..6]).ToArray());
    }

    [TestMethod]
    public void RunFromTheFirstEpoch_BeginsTheFileAnew()
    {
        MetricsLog first = Open();
        first.Append(Epoch(1));
        first.Append(Epoch(2));
        Open().Append(Epoch(1) with { TrainLoss = 7 });
        string[] lines = System.IO.File.ReadAllLines(File);
        Assert.AreEqual(2, lines.Length);
        StringAssert.StartsWith(lines[1], "1,7,");
        CollectionAssert.AreEqual(new[] { File }, Directory.GetFiles(_folder), "no temporary file is left");
    }

    [TestMethod]
    public void ForeignFile_OtherColumns_AndAFolderThatIsNotThere_AreErrors()
    {
        System.IO.File.WriteAllText(File, "my,own,table\n1,2,3\n");
        StringAssert.Contains(Assert.ThrowsExactly<IOException>(Open).Message, "MetricsFile");
        Assert.AreEqual("my,own,table\n1,2,3\n", System.IO.File.ReadAllText(File));

        System.IO.File.Delete(File);
        Open().Append(Epoch(1));
        var other = new MetricsLog(File, ["x", "y", "z"], 1);
        StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => other.Append(Epoch(2))).Message, "recall_z");

        string absent = Path.Combine(_folder, "absent", "metrics.csv");
        string message = Assert.ThrowsExactly<IOException>(() => new MetricsLog(absent, ["a", "b"], 1)).Message;
        StringAssert.Contains(message, "MetricsFile");
        StringAssert.Contains(message, absent);
    }

    [TestMethod]
    public void Session_WritesTheFile_AndTheCallbackHearsTheSame()
    {
        var config = new ConvNeXtConfig { Depths = [1, 1, 1, 1], Widths = [4, 8, 12, 16], ClassCount = 2 };
        var options = new TrainingOptions
        {
            Epochs = 3,
            WarmupEpochs = 0,
            BatchSize = 4,
            Preprocessing = ImagePreprocessing.ForSize(32),
            MetricsFile = File,
            ClassNames = ["a", "b,c"],
        };
        var epochs = new List<EpochMetrics>();
        var session = new TrainingSession(
            config, RecordingEngine.WeightsAfter(0), options, new SyntheticImages(6, 2), new SyntheticImages(4, 2), settings => new RecordingEngine(settings));
        session.Run(new TrainingCallbacks { Epoch = epochs.Add });
        string[] lines = System.IO.File.ReadAllLines(File);
        Assert.AreEqual(Header, lines[0]);
        Assert.AreEqual(4, lines.Length);
        string[] fields = lines[2].Split(',');
        Assert.AreEqual(epochs[1].Validation!.Loss, double.Parse(fields[6], CultureInfo.InvariantCulture));
        Assert.AreEqual(epochs[1].Validation!.PerClassRecall[1], double.Parse(fields[12], CultureInfo.InvariantCulture));

        string message = Assert.ThrowsExactly<ArgumentException>(() => new TrainingSession(
            config, null, options with { ClassNames = ["a"] }, new SyntheticImages(6, 2))).Message;
        StringAssert.Contains(message, "ClassNames has 1 names");
    }

    [TestMethod]
    public void AFileThatAnotherProgramHasOpen_IsReportedOnce_AndGetsItsLinesAfterwards()
    {
        var warnings = new List<string>();
        int waits = 0, epochs = 0;
        FileStream? held = null;
        var callbacks = new TrainingCallbacks
        {
            Epoch = epoch =>
            {
                epochs++;
                if (epoch.Epoch == 1) held = new FileStream(File, FileMode.Open, FileAccess.ReadWrite, FileShare.None); // as a spreadsheet does
                if (epoch.Epoch == 3) held!.Dispose();
            },
            Warning = warnings.Add,
        };
        Session(_ => waits++).Run(callbacks);
        Assert.AreEqual(4, epochs);
        StringAssert.Contains(warnings.Single(), File);
        Assert.IsTrue(waits > 0, "it is tried for some seconds");
        CollectionAssert.AreEqual(new[] { "epoch", "1", "2", "3", "4" }, System.IO.File.ReadAllLines(File).Select(line => line.Split(',')[0]).ToArray());
    }

    [TestMethod]
    public void AFileThatStaysOpen_DoesNotEndTheRun_WhichSaysWhatIsMissing()
    {
        var warnings = new List<string>();
        FileStream? held = null;
        var callbacks = new TrainingCallbacks
        {
            Epoch = epoch => held ??= new FileStream(File, FileMode.Open, FileAccess.ReadWrite, FileShare.None),
            Warning = warnings.Add,
        };
        Assert.AreEqual(4, Session(_ => { }).Run(callbacks).Epochs.Length);
        held!.Dispose();
        Assert.AreEqual(2, warnings.Count);
        StringAssert.Contains(warnings[1], "The last 3 lines");
        Assert.AreEqual(2, System.IO.File.ReadAllLines(File).Length);
    }

    [TestMethod]
    public void AFileThatIsOpenAtTheStart_IsAnError()
    {
        using var held = new FileStream(File, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Assert.ThrowsExactly<IOException>(() => Session(_ => { }).Run());
    }

    private TrainingSession Session(Action<TimeSpan> wait)
    {
        var config = new ConvNeXtConfig { Depths = [1, 1, 1, 1], Widths = [4, 8, 12, 16], ClassCount = 2 };
        var options = new TrainingOptions { Epochs = 4, WarmupEpochs = 0, BatchSize = 4, Preprocessing = ImagePreprocessing.ForSize(32), MetricsFile = File };
        return new(config, RecordingEngine.WeightsAfter(0), options, new SyntheticImages(6, 2), null, settings => new RecordingEngine(settings)) { Wait = wait };
    }

    private MetricsLog Open() => new(File, ["a", "b,c"], 5);

    private static EpochMetrics Epoch(int number) =>
        new() { Epoch = number, TrainLoss = 1.5, TrainAccuracy = 0.5, LearningRate = 0.001, ImagesPerSecond = 20, Seconds = 3 };
}
