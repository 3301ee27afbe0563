using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.Tests.Training.Distributed;

namespace ConvNeXt.Tests;

/// <summary>Training by real ranks of Open MPI and MPICH on this machine, where they are installed.</summary>
[TestClass]
public sealed class MpiTrainingTests
{
    /// <summary>Set it to the number of kills, to try more of them than the few that a test run has time for.</summary>
    private const string KillsVariable = "CONVNEXT_MPI_KILLS";

    private static readonly Lazy<RankedResult> _alone = new(() => RankedTraining.Train(SingleRank.Instance));

    private string _folder = "";

    private static string Program
    {
        get
        {
            var framework = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(TestFolders.Repository, "tests", "Ranks", "bin", framework.Parent!.Name, framework.Name, "ConvNeXt.Ranks.dll");
        }
    }

    private string Result => Path.Combine(_folder, "result");

    [TestInitialize]
    public void CreateFolder() => _folder = TestFolders.CreateTemporary();

    [TestMethod]
    [DataRow("openmpi", 1)]
    [DataRow("openmpi", 2)]
    [DataRow("openmpi", 3)]
    [DataRow("openmpi", 4)]
    [DataRow("mpich", 2)]
    [DataRow("mpich", 3)]
    [DataRow("mpich", 4)]
    public void Ranks_HaveTheLossesAndWeightsOfOneProcess(string implementation, int size)
    {
        MpiLauncher launcher = MpiLauncher.Find(implementation);
        RunToEnd(launcher, size);
        var (library, losses) = ReadReport(size);
        if (size > 1) StringAssert.StartsWith(library, launcher.Library);
        Assert.HasCount(50, losses);
        double ofLosses = RankedTraining.Distance(_alone.Value.Losses, losses), ofWeights = RankedTraining.Distance(_alone.Value.Result.Weights, ReadWeights());
        Console.WriteLine(FormattableString.Invariant($"{library}, {size} ranks: losses {ofLosses:g2}, weights {ofWeights:g2} of the way moved"));
        Assert.IsLessThan(1e-6, ofLosses);
        Assert.IsLessThan(1e-4, ofWeights);
    }

    [TestMethod]
    [DataRow("openmpi")]
    [DataRow("mpich")]
    public void BFloat16Gradients_TrainNearlyTheSame(string implementation)
    {
        RunToEnd(MpiLauncher.Find(implementation), 3, "--bfloat16", "--epochs", "3");
        var (_, losses) = ReadReport(3);
        double distance = RankedTraining.Distance(RankedTraining.Train(SingleRank.Instance, RankedTraining.Options with { Epochs = 3 }).Losses, losses);
        Assert.IsLessThan(1e-3, distance);
        Assert.IsGreaterThan(1e-7, distance, "it is used");
    }

    [TestMethod]
    [DataRow("openmpi")]
    [DataRow("mpich")]
    public void ARankThatFails_EndsAllWithItsMessage(string implementation)
    {
        using MpiRun run = MpiLauncher.Find(implementation).Start(3, Program, Result, "--fail", "1");
        Assert.AreNotEqual(0, run.Wait(TimeSpan.FromSeconds(60)));
        StringAssert.Contains(run.Text, "Rank 1 of 3 on ");
        StringAssert.Contains(run.Text, "the disk is full");
        Assert.IsFalse(File.Exists(Result + ".json"));
    }

    [TestMethod]
    [DataRow("openmpi")]
    [DataRow("mpich")]
    public void ASilentRank_EndsAll(string implementation)
    {
        using MpiRun run = MpiLauncher.Find(implementation).Start(2, Program, Result, "--silent", "1", "--patience", "2");
        Assert.AreNotEqual(0, run.Wait(TimeSpan.FromSeconds(90)));
        StringAssert.Contains(run.Text, "Rank 0 on ");
        StringAssert.Contains(run.Text, "for the others");
    }

    [TestMethod]
    [DataRow("openmpi")]
    [DataRow("mpich")]
    public void ARankWithOtherOptions_IsRefusedByName(string implementation)
    {
        using MpiRun run = MpiLauncher.Find(implementation).Start(2, Program, Result, "--other", "1");
        Assert.AreNotEqual(0, run.Wait(TimeSpan.FromSeconds(60)));
        StringAssert.Contains(run.Text, "TrainingOptions.LabelSmoothing is 0.2, not 0.1");
    }

    [TestMethod]
    [DataRow("openmpi")]
    [DataRow("mpich")]
    public void AKilledRank_EndsAll_AndAnotherNumberOfRanksResumesToTheSameEnd(string implementation)
    {
        MpiLauncher launcher = MpiLauncher.Find(implementation);
        int kills = int.TryParse(Environment.GetEnvironmentVariable(KillsVariable), NumberStyles.None, CultureInfo.InvariantCulture, out int wanted) ? wanted : 1;
        var random = new Random(implementation.Length);
        for (int done = 0; done < kills; CreateFolder()) done += KillAndResume(launcher, random, kills - done);
    }

    // A run that is killed again and again until it is complete; returns the number of kills.
    private int KillAndResume(MpiLauncher launcher, Random random, int kills)
    {
        string[] checkpoints = ["--checkpoints", Path.Combine(_folder, "checkpoints")];
        int done = 0;
        for (int attempt = 0; done < kills; attempt++)
        {
            int size = 2 + (attempt % 3), victim = random.Next(size);
            using MpiRun run = launcher.Start(size, Program, [Result, .. checkpoints]);
            bool isKilled = TryKill(run, victim, TimeSpan.FromMilliseconds(random.Next(1200)));
            var watch = Stopwatch.StartNew();
            int code = run.Wait(TimeSpan.FromSeconds(30));
            if (File.Exists(Result + ".json")) break; // the end was faster
            Assert.IsTrue(isKilled, run.Text);
            Assert.AreNotEqual(0, code, run.Text);
            Assert.IsGreaterThan(0, run.Text.Length);
            done++;
            string place = FormattableString.Invariant($"{launcher.Library}: rank {victim} of {size} killed");
            Console.WriteLine(FormattableString.Invariant($"{place}, all ended after {watch.Elapsed.TotalSeconds:0.0} s"));
        }

        if (!File.Exists(Result + ".json")) RunToEnd(launcher, 3, checkpoints);
        Assert.IsLessThan(1e-4, RankedTraining.Distance(_alone.Value.Result.Weights, ReadWeights()));
        return done;
    }

    private void RunToEnd(MpiLauncher launcher, int size, params IEnumerable<string> arguments)
    {
        using MpiRun run = launcher.Start(size, Program, [Result, .. arguments]);
        Assert.AreEqual(0, run.Wait(), run.Text);
    }

    // Waits until the first checkpoint of this start, then a moment more.
    private bool TryKill(MpiRun run, int victim, TimeSpan later)
    {
        string pid = FormattableString.Invariant($"{Result}.{victim}.pid"), checkpoint = Path.Combine(_folder, "checkpoints", "checkpoint.safetensors");
        DateTime before = File.GetLastWriteTimeUtc(checkpoint);
        var watch = Stopwatch.StartNew();
        while (File.GetLastWriteTimeUtc(checkpoint) == before)
        {
            if (File.Exists(Result + ".json")) return false;
            if (watch.Elapsed.TotalMinutes > 1) Assert.Fail($"No checkpoint was written. {run.Text}");
            Thread.Sleep(5);
        }

        Thread.Sleep(later);
        try
        {
            using var process = Process.GetProcessById(int.Parse(File.ReadAllText(pid), CultureInfo.InvariantCulture));
            process.Kill();
            return true;
        }
        catch (ArgumentException)
        {
            return false; // it has ended
        }
    }

    private (string Library, List<double> Losses) ReadReport(int size)
    {
        JsonElement report = JsonDocument.Parse(File.ReadAllText(Result + ".json")).RootElement;
        Assert.AreEqual(size, report.GetProperty("Size").GetInt32());
        return (report.GetProperty("Library").GetString()!, [.. report.GetProperty("Losses").EnumerateArray().Select(loss => loss.GetDouble())]);
    }

    private WeightSet ReadWeights() => SafetensorsReader.Read(Result + ".safetensors", out _);
}
