using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Contract.Tests.Data;

namespace MLNet.Contract.Tests.Evaluation;

[TestClass]
public sealed class CrossValidateTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void EachFold_HasItsModel_ItsHeldOutRows_AndTheirMetrics()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(NumberedRow.Forty());
        var folds = _ml.MulticlassClassification.CrossValidate(rows, Guess(), numberOfFolds: 3, seed: 1);

        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, folds.Select(fold => fold.Fold).ToArray());
        Assert.AreEqual("2,9,10,12,13,14,21,28,31,33,34,35,37", string.Join(",", folds[0].ScoredHoldOutSet.GetColumn<float>("X")));
        Assert.IsTrue(folds.All(fold => fold.Model.GetOutputSchema(rows.Schema).GetColumnOrNull("Score") != null));
        foreach (var fold in folds)
        {
            // The guess is class 1 for every row below 20, else class 0; the label is the row's parity.
            double right = fold.ScoredHoldOutSet.GetColumn<float>("X").Average(x => (x % 2 == 1) == (x < 20) ? 1.0 : 0);
            Assert.AreEqual(right, fold.Metrics.MicroAccuracy, 1e-12);
        }
    }

    [TestMethod]
    public void ASamplingKey_KeepsItsRowsInOneFold()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(NumberedRow.Forty());
        var folds = _ml.MulticlassClassification.CrossValidate(rows, Guess(), numberOfFolds: 2, samplingKeyColumnName: "G", seed: 1);
        string[] first = [.. folds[0].ScoredHoldOutSet.GetColumn<string>("G").Distinct()];
        string[] second = [.. folds[1].ScoredHoldOutSet.GetColumn<string>("G").Distinct()];
        Assert.AreEqual(0, first.Intersect(second).Count());
        Assert.AreEqual(5, first.Length + second.Length);
    }

    [TestMethod]
    public void FewerThanTwoFolds_AreRefused()
        => Assert.ThrowsException<ArgumentOutOfRangeException>(
            () => _ml.MulticlassClassification.CrossValidate(_ml.Data.LoadFromEnumerable(NumberedRow.Forty()), Guess(), numberOfFolds: 1));

    private IEstimator<ITransformer> Guess() => _ml.Transforms.CustomMapping<NumberedRow, Guessed>((row, guess) =>
    {
        guess.Label = (uint)row.X % 2;
        guess.Score = row.X < 20 ? [0.2f, 0.8f] : [0.8f, 0.2f];
        guess.PredictedLabel = row.X < 20 ? 1u : 0;
    }, contractName: null);

    internal sealed class Guessed
    {
        [KeyType(2)]
        public uint Label { get; set; }

        [VectorType(2)]
        public float[]? Score { get; set; }

        [KeyType(2)]
        public uint PredictedLabel { get; set; }
    }
}
