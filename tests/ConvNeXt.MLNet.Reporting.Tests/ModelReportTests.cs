using System.Text.Json;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Evaluation;
using ConvNeXt.MLNet.Reporting;

namespace ConvNeXt.Tests;

/// <summary>What is in a report, and that names from outside are text on the page.</summary>
[TestClass]
public sealed class ModelReportTests
{
    private readonly string _folder = TestFolders.CreateTemporary();

    private static ReportData Data => TestReport.Report.Data;

    [TestMethod]
    public void Numbers_AreThoseOfTheEvaluation()
    {
        ImagePrediction[] predictions = [.. TinyModel.Transformer.PredictFiles([.. TestReport.Images.Select(image => image.ImagePath)])];
        int[] labels = [.. TestReport.Images.Select(image => Array.IndexOf(TestImages.Labels, image.Label))];
        ClassificationReport expected = ClassificationReport.Create(TestImages.Labels, predictions, labels);
        Assert.AreEqual(expected.Images, Data.Images);
        Assert.AreEqual(expected.Accuracy, Data.Accuracy);
        Assert.AreEqual(expected.LogLoss, Data.LogLoss);
        Assert.AreEqual(expected.CalibrationError, Data.CalibrationError);
        Assert.AreEqual(expected.AccuracyInterval.Low, Data.AccuracyInterval[0]);
        for (int label = 0; label < 3; label++) CollectionAssert.AreEqual(expected.Confusion[label].ToArray(), Data.Confusion[label].ToArray());
        Assert.HasCount(Data.Images - Data.Correct, Data.Mistakes);
    }

    [TestMethod]
    public void Verdict_HasCountIntervalAndWorstClass()
    {
        StringAssert.StartsWith(Data.Verdict, $"{Data.Correct} of {Data.Images} pictures right (95 % interval: ");
        Assert.Contains("; worst: disc (", Data.Verdict);
    }

    [TestMethod]
    public void Mistakes_BeginWithTheMostConfident()
    {
        double[] margins = [.. Data.Mistakes.Select(i => Data.Pictures[i].Probability - Data.Pictures[i].LabelProbability)];
        CollectionAssert.AreEqual(margins.OrderDescending().ToArray(), margins);
        Assert.IsTrue(Data.Mistakes.All(i => Data.Pictures[i].Label != Data.Pictures[i].Predicted));
    }

    [TestMethod]
    public void Coverage_FallsWithTheThreshold()
    {
        Assert.AreEqual((0, 1), (Data.Coverage[0].Threshold, Data.Coverage[0].Coverage));
        Assert.AreEqual(Data.Accuracy, Data.Coverage[0].Accuracy!.Value, 1e-12);
        for (int i = 1; i < Data.Coverage.Count; i++) Assert.IsLessThanOrEqualTo(Data.Coverage[i - 1].Coverage, Data.Coverage[i].Coverage);
    }

    [TestMethod]
    public void Findings_NameTheCopyAndTheBrokenFile()
    {
        ReportFinding copy = Data.Findings.First(finding => finding.Kind == ReportFindingKind.Duplicate && finding.Text == "Equal files");
        CollectionAssert.AreEquivalent(new[] { "000.bmp", "copy.bmp" }, copy.Files.Select(Path.GetFileName).ToArray());
        ReportFinding broken = Data.Findings.Single(finding => finding.Kind == ReportFindingKind.Unreadable);
        Assert.AreEqual("broken.bmp", Path.GetFileName(broken.Files.Single()));
    }

    [TestMethod]
    public void Epochs_AreThoseOfTheMetricsFile_WithoutAnIncompleteLine()
    {
        CollectionAssert.AreEqual(
            new ReportEpoch[] { new(1, 1.5, 0.4, 1.2, 0.5), new(2, 0.9, 0.7, null, null), new(3, 0.5, 0.9, 0.6, 0.8) }, Data.Epochs.ToArray());
    }

    [TestMethod]
    public void Json_HasTheNumbers()
    {
        string file = Path.Combine(_folder, "report.json");
        TestReport.Report.SaveJson(file);
        JsonElement json = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
        Assert.AreEqual(Data.Accuracy, json.GetProperty("accuracy").GetDouble());
        Assert.AreEqual(Data.Images, json.GetProperty("pictures").GetArrayLength());
        string?[] kinds = [.. json.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("kind").GetString())];
        Assert.Contains("duplicate", kinds);
    }

    [TestMethod]
    public void Page_HasNamesAsText_NoScript_AndNoAddress()
    {
        string file = Path.Combine(_folder, "report.html");
        TestReport.Report.SaveHtml(file);
        string page = File.ReadAllText(file);
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotContain("<b>stripes", page);
        Assert.Contains("Shapes &amp; &lt;b&gt;stripes&lt;/b&gt;", page);
        Assert.DoesNotContain("http:", page);
        Assert.DoesNotContain("https:", page);
        if (!OperatingSystem.IsWindows()) Assert.Contains("&lt;script&gt;", page);
        Assert.IsEmpty(Directory.GetFiles(_folder, "*.part"));
    }

    [TestMethod]
    public void WithoutAFolder_OnlyUnreadableImagesAreFindings()
    {
        ReportData data = ModelReport.Create(TinyModel.Transformer, TestReport.Images, new ReportOptions { WorstMistakes = 0, Pictures = 0 }).Data;
        Assert.IsFalse(data.IsDataChecked);
        Assert.AreEqual(ReportFindingKind.Unreadable, data.Findings.Single().Kind);
    }

    [TestMethod]
    public void WrongArguments_AreRefused()
    {
        LabeledImage[] unknown = [new LabeledImage { ImagePath = "x.jpg", Label = "ring" }];
        Assert.Contains("'ring'", Assert.ThrowsExactly<ArgumentException>(() => ModelReport.Create(TinyModel.Transformer, unknown)).Message);
        Assert.ThrowsExactly<ArgumentException>(() => ModelReport.Create(TinyModel.Transformer, []));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => ModelReport.Create(TinyModel.Transformer, TestReport.Images, new ReportOptions { Pictures = -1 }));
        string file = Path.Combine(_folder, "other.csv");
        File.WriteAllText(file, "a,b\n1,2\n");
        Assert.ThrowsExactly<InvalidDataException>(
            () => ModelReport.Create(TinyModel.Transformer, TestReport.Images, new ReportOptions { MetricsFile = file }));
    }
}
