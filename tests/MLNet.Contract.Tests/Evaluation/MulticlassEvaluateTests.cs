using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.Evaluation;

/// <summary>A label, the scores and the predicted class of one row.</summary>
internal sealed class ScoredRow
{
    [KeyType(3)]
    public uint Label;
    [VectorType(3)]
    public float[]? Score;
    [KeyType(3)]
    public uint PredictedLabel { get; set; }

    public static ScoredRow Of(uint label, params float[] score) => new() { Label = label, Score = score };

    /// <summary>Two hits, a tie lost to the lower class, a probability of 0 and a miss: the rows of the recorded numbers.</summary>
    public static ScoredRow[] Five() =>
    [
        Of(0, 0.7f, 0.2f, 0.1f),
        Of(1, 0.1f, 0.8f, 0.1f),
        Of(1, 0.4f, 0.4f, 0.2f),
        Of(2, 0.5f, 0.3f, 0.2f),
        Of(2, 1f, 0f, 0f),
    ];
}

[TestClass]
public sealed class MulticlassEvaluateTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    [DataRow(0, 0, "")]
    [DataRow(1, 0.4, "0.4")]
    [DataRow(2, 0.6000000000000001, "0.4,0.6000000000000001")]
    [DataRow(3, 1, "0.4,0.6000000000000001,1")]
    public void TheMetrics_AreTheRecordedNumbers(int k, double topK, string topKForAll)
    {
        MulticlassClassificationMetrics metrics = Evaluate(ScoredRow.Five(), k);
        Assert.AreEqual((0.4, 0.5), (metrics.MicroAccuracy, metrics.MacroAccuracy));
        Assert.AreEqual(7.528864700634161, metrics.LogLoss);
        Assert.AreEqual(-6.136904695837657, metrics.LogLossReduction);
        CollectionAssert.AreEqual(new[] { 0.35667496096863105, 0.5697171266930213, 18.074107144408067 }, metrics.PerClassLogLoss.ToArray());
        Assert.AreEqual((k, topK), (metrics.TopKPredictionCount, metrics.TopKAccuracy));
        Assert.AreEqual(topKForAll, metrics.TopKAccuracyForAllK == null ? "" : string.Join(",", metrics.TopKAccuracyForAllK));
    }

    [TestMethod]
    public void TopKBeyondTheClasses_Throws()
    {
        Assert.ThrowsException<IndexOutOfRangeException>(() => Evaluate(ScoredRow.Five(), 5));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => Evaluate(ScoredRow.Five(), -1));
    }

    [TestMethod]
    public void TheConfusionMatrix_CountsByTrueThenPredictedClass()
    {
        ConfusionMatrix matrix = Evaluate(ScoredRow.Five()).ConfusionMatrix;
        Assert.AreEqual("1,0,0 / 1,1,0 / 2,0,0", string.Join(" / ", matrix.Counts.Select(row => string.Join(",", row))));
        CollectionAssert.AreEqual(new[] { 0.25, 1, 0 }, matrix.PerClassPrecision.ToArray());
        CollectionAssert.AreEqual(new[] { 1, 0.5, 0 }, matrix.PerClassRecall.ToArray());
        Assert.AreEqual(3, matrix.NumberOfClasses);
        Assert.AreEqual(2, matrix.GetCountForClassPair(predictedClassIndicatorIndex: 0, actualClassIndicatorIndex: 2));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => matrix.GetCountForClassPair(3, 0));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => matrix.GetCountForClassPair(0, -1));
    }

    [TestMethod]
    public void RowsWithoutALabel_OrWithScoresThatAreNoNumbers_AreLeftOut()
    {
        ScoredRow[] rows = [.. ScoredRow.Five(), ScoredRow.Of(9, 1, 0, 0), ScoredRow.Of(0, float.NaN, 0, 0), ScoredRow.Of(0, 0, float.PositiveInfinity, 0)];
        MulticlassClassificationMetrics metrics = Evaluate(rows);
        Assert.AreEqual((0.4, 7.528864700634161), (metrics.MicroAccuracy, metrics.LogLoss));
        Assert.AreEqual(5, metrics.ConfusionMatrix.Counts.Sum(row => row.Sum()));
    }

    [TestMethod]
    public void ALabelThatWasNotSeenInTraining_RanksLast_AndCostsTheMost()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(
        [
            new NumberLabelRow { Label = 0, Score = [0.9f, 0.1f] },
            new NumberLabelRow { Label = 5, Score = [0.9f, 0.1f] },
            new NumberLabelRow { Label = float.NaN, Score = [0.9f, 0.1f] },
            new NumberLabelRow { Label = 0.5f, Score = [0.9f, 0.1f] },
            new NumberLabelRow { Label = -1, Score = [0.9f, 0.1f] },
        ]);
        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(rows, topKPredictionCount: 2);
        Assert.AreEqual((0.5, 0.5), (metrics.MicroAccuracy, metrics.TopKAccuracy));
        Assert.AreEqual((-Math.Log(0.9f) - Math.Log(1e-15f)) / 2, metrics.LogLoss, 1e-12);
        Assert.AreEqual(1, metrics.ConfusionMatrix.Counts.Sum(row => row.Sum()), "the unseen label has no row in the matrix");
    }

    [TestMethod]
    public void NoRows_GiveZeros()
    {
        MulticlassClassificationMetrics metrics = Evaluate([]);
        Assert.AreEqual((0d, 0d, 0d), (metrics.MicroAccuracy, metrics.MacroAccuracy, metrics.LogLoss));
    }

    [TestMethod]
    public void WrongColumns_AreNamed()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(ScoredRow.Five());
        StringAssert.StartsWith(Refused(rows, label: "Nothing"), "Nothing column 'Label' not found");
        StringAssert.StartsWith(Refused(rows, score: "Nothing"), "Nothing column 'Score' not found");
        StringAssert.StartsWith(Refused(rows, predicted: "Nothing"), "Nothing column 'PredictedLabel' not found");
        StringAssert.StartsWith(Refused(rows, score: "Label"), "Schema mismatch for score column 'Label': expected vector of two or more items of type Single");

        IDataView texts = _ml.Data.LoadFromEnumerable([new TextLabelRow { Label = "a", Score = [1, 0] }]);
        StringAssert.StartsWith(Refused(texts), "Schema mismatch for label column 'Label': expected Single or Key, got String");

        string Refused(IDataView data, string label = "Label", string score = "Score", string predicted = "PredictedLabel")
            => Assert.ThrowsException<ArgumentOutOfRangeException>(() => _ml.MulticlassClassification.Evaluate(data, label, score, predicted)).Message;
    }

    private MulticlassClassificationMetrics Evaluate(ScoredRow[] rows, int topK = 0)
        => _ml.MulticlassClassification.Evaluate(_ml.Data.LoadFromEnumerable(rows), topKPredictionCount: topK);

    private sealed class NumberLabelRow
    {
        public float Label { get; set; }

        [VectorType(2)]
        public float[]? Score { get; set; }

        [KeyType(2)]
        public uint PredictedLabel { get; set; }
    }

    private sealed class TextLabelRow
    {
        public string? Label { get; set; }

        [VectorType(2)]
        public float[]? Score { get; set; }

        [KeyType(2)]
        public uint PredictedLabel { get; set; }
    }
}
