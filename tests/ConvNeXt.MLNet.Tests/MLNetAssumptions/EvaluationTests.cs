using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.MLNetAssumptions;

/// <summary>Rows with NaN scores are not evaluated; Scoring/ScoringBatch.cs and Scoring/ScoredRow.cs give them to images that cannot be read.</summary>
[TestClass]
public sealed class EvaluationTests
{
    [TestMethod]
    public void RowsWithoutALabel_OrWithNaNScores_AreLeftOut()
    {
        ScoredRow[] rows = [new(0, [0.7f, 0.2f, 0.1f]), new(1, [0.1f, 0.8f, 0.1f]), new(1, [0.5f, 0.3f, 0.2f]), new(2, [0.5f, 0.3f, 0.2f])];
        ScoredRow[] more = [.. rows, new(9, [1, 0, 0]), new(0, [float.NaN, float.NaN, float.NaN])];
        MulticlassClassificationMetrics expected = Evaluate(rows), actual = Evaluate(more);
        Assert.AreEqual((0.5, expected.MacroAccuracy, expected.LogLoss), (actual.MicroAccuracy, actual.MacroAccuracy, actual.LogLoss));
        Assert.AreEqual(4, actual.ConfusionMatrix.Counts.Sum(row => row.Sum()));
    }

    private static MulticlassClassificationMetrics Evaluate(ScoredRow[] rows)
    {
        var context = new MLContext(seed: 1);
        return context.MulticlassClassification.Evaluate(context.Data.LoadFromEnumerable(rows));
    }

    private sealed class ScoredRow(uint label, float[] score)
    {
        [KeyType(3)]
        public uint Label { get; } = label;

        [VectorType(3)]
        public float[] Score { get; } = score;

        [KeyType(3)]
        public uint PredictedLabel { get; } = label;
    }
}
