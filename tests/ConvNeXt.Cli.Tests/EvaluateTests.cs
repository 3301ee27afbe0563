using System.Text.Json;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests;

/// <summary>convnext evaluate: the numbers and how they are written.</summary>
[TestClass]
public sealed class EvaluateTests
{
    [TestMethod]
    public void Json_HasExactlyTheSixKeys()
    {
        JsonElement result = Tool.Succeed("evaluate", TrainedModel.Path, TrainedModel.TestSet, "--json").Json;
        string[] keys = ["accuracy", "balancedAccuracy", "logLoss", "calibrationError", "images", "classes"];
        CollectionAssert.AreEqual(keys, result.EnumerateObject().Select(property => property.Name).ToArray());
        Assert.AreEqual(15, result.GetProperty("images").GetInt32());
        Assert.AreEqual(3, result.GetProperty("classes").GetInt32());
    }

    [TestMethod]
    public void Numbers_AreThoseOfMLNet()
    {
        JsonElement result = Tool.Succeed("evaluate", TrainedModel.Path, TrainedModel.TestSet, "--json", "--details").Json;
        var context = new MLContext();
        IDataView images = context.Data.LoadFromEnumerable(ImageFolder.Enumerate(TrainedModel.TestSet));
        IDataView scored = context.Model.Load(TrainedModel.Path, out _).GetConvNeXtClassifier().Transform(images);
        MulticlassClassificationMetrics expected = context.MulticlassClassification.Evaluate(scored);
        Assert.AreEqual(expected.MicroAccuracy, result.GetProperty("accuracy").GetDouble(), 1e-9);
        Assert.AreEqual(expected.MacroAccuracy, result.GetProperty("balancedAccuracy").GetDouble(), 1e-9);
        Assert.AreEqual(expected.LogLoss, result.GetProperty("logLoss").GetDouble(), 1e-6);
        JsonElement[] classes = [.. result.GetProperty("perClass").EnumerateArray()];
        for (int label = 0; label < 3; label++)
        {
            Assert.AreEqual(expected.ConfusionMatrix.PerClassRecall[label], classes[label].GetProperty("recall").GetDouble(), 1e-9);
            for (int predicted = 0; predicted < 3; predicted++)
                Assert.AreEqual(expected.ConfusionMatrix.Counts[label][predicted], result.GetProperty("confusion")[label][predicted].GetInt32());
        }
    }

    [TestMethod]
    public void Int8_ChangesTheLogLossALittle()
    {
        double exact = Tool.Succeed("evaluate", TrainedModel.Path, TrainedModel.TestSet, "--json").Json.GetProperty("logLoss").GetDouble();
        double rounded = Tool.Succeed("evaluate", TrainedModel.Path, TrainedModel.TestSet, "--json", "--int8").Json.GetProperty("logLoss").GetDouble();
        Assert.AreNotEqual(exact, rounded);
        Assert.AreEqual(exact, rounded, 0.1);
    }

    [TestMethod]
    public void Text_HasIntervalBaselineClassesConfusionAndCalibration()
    {
        string text = Tool.Succeed("evaluate", TrainedModel.Path, TrainedModel.TestSet).Output;
        foreach (string expected in (string[])["95 %", "always 'across'", "precision", "Confusion", "Calibration"]) Assert.Contains(expected, text);
    }

    [TestMethod]
    public void AFolderWithParts_IsEvaluatedOnThePartTest()
    {
        Tool result = Tool.Succeed("evaluate", TrainedModel.Path, TrainedModel.Data, "--json");
        Assert.AreEqual(15, result.Json.GetProperty("images").GetInt32());
        Assert.Contains("'test'", result.Errors);
    }

    [TestMethod]
    public void ClassesThatTheModelDoesNotKnow_AreDataThatCannotBeUsed()
    {
        string folder = TestFolders.CreateTemporary();
        TestImages.WriteFolder(folder, 2);
        Directory.Move(Path.Combine(folder, "disc"), Path.Combine(folder, "ring"));
        Tool result = Tool.Run("evaluate", TrainedModel.Path, folder);
        Assert.AreEqual(3, result.ExitCode);
        Assert.Contains("'ring'", result.Errors);
    }

    [TestMethod]
    public void UnreadableImages_AreNotCounted()
    {
        string folder = TestFolders.CreateTemporary();
        TestImages.WriteFolder(folder, 2);
        File.WriteAllText(Path.Combine(folder, "disc", "000.bmp"), "no image");
        JsonElement result = Tool.Succeed("evaluate", TrainedModel.Path, folder, "--json", "--details").Json;
        Assert.AreEqual(5, result.GetProperty("images").GetInt32());
        Assert.AreEqual(1, result.GetProperty("unreadable").GetArrayLength());
    }
}
