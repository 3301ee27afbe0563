using ConvNeXt.Backbone.Training.FineTuning;

namespace ConvNeXt.Tests.Training.FineTuning;

/// <summary>The scores of an image are those of a model that was fitted to all other images.</summary>
[TestClass]
public sealed class LeaveOneOutScoresTests
{
    private const int Images = 24, Length = 5, Classes = 3;
    private const double Penalty = 0.7;

    [TestMethod]
    public void Scores_EqualThoseOfAFitWithoutTheImage()
    {
        var (features, labels) = Draw();
        double[][] scores = LeaveOneOutScores.Compute(features, labels, Classes, Penalty);
        double[][] rows = Standardize(features);
        for (int image = 0; image < Images; image++)
            for (int label = 0; label < Classes; label++)
                Assert.AreEqual(FitWithout(rows, labels, image, label), scores[image][label], 1e-9);
    }

    [TestMethod]
    public void Scores_DoNotChangeWithTheLabelOfTheImageItself()
    {
        var (features, labels) = Draw();
        double[] before = LeaveOneOutScores.Compute(features, labels, Classes, Penalty)[7];
        labels[7] = (labels[7] + 1) % Classes;
        double[] after = LeaveOneOutScores.Compute(features, labels, Classes, Penalty)[7];
        for (int label = 0; label < Classes; label++) Assert.AreEqual(before[label], after[label], 1e-9);
    }

    [TestMethod]
    public void AConstantFeature_AndMoreFeaturesThanImages_GiveFiniteScores()
    {
        var random = new Random(3);
        float[][] features = [.. Enumerable.Range(0, 6).Select(_ => Enumerable.Range(0, 40).Select(i => i == 0 ? 1f : random.NextSingle()).ToArray())];
        foreach (double[] scores in LeaveOneOutScores.Compute(features, [0, 1, 0, 1, 0, 1], 2, 1))
        {
            Assert.IsTrue(Array.TrueForAll(scores, double.IsFinite));
            Assert.AreEqual(0, scores.Sum(), 1e-9);
        }
    }

    [TestMethod]
    public void Blocks_CountTheSame_WhateverTheirScaleAndLength()
    {
        var (features, labels) = Draw();
        double[][] one = LeaveOneOutScores.Compute(features, labels, Classes, Penalty);
        float[][] twice = [.. features.Select(values => (float[])[.. values, .. values.Concat(values).Select(value => 1024 * value)])];
        double[][] both = LeaveOneOutScores.Compute(twice, labels, Classes, Penalty, blocks: [Length, 2 * Length]);
        for (int image = 0; image < Images; image++)
            for (int label = 0; label < Classes; label++) Assert.AreEqual(one[image][label], both[image][label], 1e-9);
    }

    [TestMethod]
    public void ACancellation_IsThrown()
    {
        var (features, labels) = Draw();
        Assert.ThrowsExactly<OperationCanceledException>(
            () => LeaveOneOutScores.Compute(features, labels, Classes, Penalty, () => throw new OperationCanceledException()));
    }

    private static (float[][] Features, int[] Labels) Draw()
    {
        var random = new Random(5);
        int[] labels = [.. Enumerable.Range(0, Images).Select(i => i % Classes)];
        return ([.. labels.Select(label => Enumerable.Range(0, Length).Select(i => random.NextSingle() + (i == label ? 1 : 0)).ToArray())], labels);
    }

    private static double[][] Standardize(float[][] features)
    {
        double[] mean = [.. Enumerable.Range(0, Length).Select(i => features.Average(values => (double)values[i]))];
        double[] deviation = [.. Enumerable.Range(0, Length).Select(i => Math.Sqrt(features.Average(values => Math.Pow(values[i] - mean[i], 2))))];
        return
        [
            .. features.Select(values =>
            {
                double[] row = [.. values.Select((value, i) => (value - mean[i]) / deviation[i])];
                double length = Math.Sqrt(row.Sum(value => value * value));
                return (double[])[.. row.Select(value => value / length), 1];
            }),
        ];
    }

    /// <summary>Ridge regression on all rows but one, by Gaussian elimination, and its value for that one.</summary>
    private static double FitWithout(double[][] rows, int[] labels, int image, int label)
    {
        int width = Length + 1;
        double[,] system = new double[width, width + 1];
        for (int i = 0; i < width; i++) system[i, i] = Penalty;
        for (int other = 0; other < rows.Length; other++)
        {
            if (other == image) continue;
            double target = (labels[other] == label ? 1 : 0) - (1.0 / Classes);
            for (int i = 0; i < width; i++)
            {
                for (int j = 0; j < width; j++) system[i, j] += rows[other][i] * rows[other][j];
                system[i, width] += rows[other][i] * target;
            }
        }
        for (int pivot = 0; pivot < width; pivot++)
            for (int row = 0; row < width; row++)
            {
                if (row == pivot) continue;
                double factor = system[row, pivot] / system[pivot, pivot];
                for (int column = pivot; column <= width; column++) system[row, column] -= factor * system[pivot, column];
            }
        return Enumerable.Range(0, width).Sum(i => rows[image][i] * system[i, width] / system[i, i]);
    }
}
