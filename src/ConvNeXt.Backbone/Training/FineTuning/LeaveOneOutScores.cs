using System.Numerics.Tensors;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>
/// Scores of each image by a linear model that was fitted to all others: ridge regression of the classes' indicators on features, for which the result without
/// an image follows from the result with it (Allen 1974, PRESS). So there are no folds, no draws, and one system of equations whatever the number of images.
/// <para>With rows x (standardized over all images; each block of features with the same length, together 1; and a 1 for the bias), targets
/// y (1 - 1/classes for the label, -1/classes for the others), H = X inverse(X'X + penalty) X': the score without image i is
/// (H y - h_ii y_i) / (1 - h_ii).</para>
/// </summary>
internal static class LeaveOneOutScores
{
    private const double LeastDeviation = 1e-6, LeastLength = 1e-12;

    /// <summary>Scores all images.</summary>
    /// <param name="features">The features of each image, [images][length].</param>
    /// <param name="labels">The label of each image.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="penalty">The L2 penalty, above 0, for rows of length 1.</param>
    /// <param name="checkAlive">Throws to cancel.</param>
    /// <param name="blocks">The lengths of the blocks of features, which all count the same; null for one block.</param>
    /// <returns>[images][classes]; higher is more likely, and the mean over the classes is 0.</returns>
    public static double[][] Compute(
        IReadOnlyList<float[]> features,
        IReadOnlyList<int> labels,
        int classes,
        double penalty,
        Action? checkAlive = null,
        IReadOnlyList<int>? blocks = null)
    {
        double[][] rows = Standardize(features, blocks ?? [features[0].Length]);
        int width = rows[0].Length;
        double[][] factor = Factorize(rows, width, penalty, checkAlive);

        // X'y, and from it the coefficients.
        double[][] coefficients = [.. Enumerable.Range(0, classes).Select(_ => new double[width])];
        for (int label = 0; label < classes; label++)
        {
            double[] own = coefficients[label];
            for (int i = 0; i < rows.Length; i++) TensorPrimitives.MultiplyAdd(rows[i], Target(labels[i], label, classes), own, own);
            SolveLower(factor, own);
            SolveUpper(factor, own);
        }
        double[][] scores = [.. rows.Select(_ => new double[classes])];
        double[] solved = new double[width];
        for (int i = 0; i < rows.Length; i++)
        {
            checkAlive?.Invoke();
            rows[i].CopyTo(solved, 0);
            SolveLower(factor, solved);
            double leverage = TensorPrimitives.SumOfSquares<double>(solved);
            for (int label = 0; label < classes; label++)
            {
                double fitted = TensorPrimitives.Dot<double>(rows[i], coefficients[label]);
                scores[i][label] = (fitted - (leverage * Target(labels[i], label, classes))) / (1 - leverage);
            }
        }
        return scores;
    }

    private static double Target(int label, int wanted, int classes) => (label == wanted ? 1 : 0) - (1.0 / classes);

    // [images][length + 1]; the last value is 1.
    private static double[][] Standardize(IReadOnlyList<float[]> features, IReadOnlyList<int> blocks)
    {
        int length = features[0].Length;
        double[] mean = new double[length], deviation = new double[length];
        foreach (float[] values in features)
            for (int i = 0; i < length; i++) mean[i] += values[i] / (double)features.Count;
        foreach (float[] values in features)
            for (int i = 0; i < length; i++) deviation[i] += (values[i] - mean[i]) * (values[i] - mean[i]) / features.Count;
        return
        [
            .. features.Select(values =>
            {
                double[] row = new double[length + 1];
                for (int i = 0; i < length; i++) row[i] = (values[i] - mean[i]) / Math.Max(Math.Sqrt(deviation[i]), LeastDeviation);
                int start = 0;
                foreach (int block in blocks)
                {
                    Span<double> part = row.AsSpan(start, block);
                    TensorPrimitives.Divide(part, Math.Max(TensorPrimitives.Norm<double>(part), LeastLength) * Math.Sqrt(blocks.Count), part);
                    start += block;
                }
                row[length] = 1;
                return row;
            }),
        ];
    }

    /// <summary>The lower triangle L of X'X + penalty = L L' (Cholesky).</summary>
    private static double[][] Factorize(double[][] rows, int width, double penalty, Action? checkAlive)
    {
        double[][] lower = [.. Enumerable.Range(0, width).Select(row => new double[row + 1])];
        foreach (double[] row in rows)
        {
            checkAlive?.Invoke();
            for (int i = 0; i < width; i++) TensorPrimitives.MultiplyAdd(row.AsSpan(0, i + 1), row[i], lower[i], lower[i]);
        }
        for (int i = 0; i < width; i++)
        {
            checkAlive?.Invoke();
            lower[i][i] += penalty;
            for (int j = 0; j <= i; j++)
            {
                double rest = lower[i][j] - TensorPrimitives.Dot(lower[i].AsSpan(0, j), lower[j].AsSpan(0, j));
                lower[i][j] = i == j ? Math.Sqrt(rest) : rest / lower[j][j];
            }
        }
        return lower;
    }

    private static void SolveLower(double[][] lower, double[] values)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = (values[i] - TensorPrimitives.Dot(lower[i].AsSpan(0, i), values.AsSpan(0, i))) / lower[i][i];
    }

    private static void SolveUpper(double[][] lower, double[] values)
    {
        for (int i = values.Length - 1; i >= 0; i--)
        {
            values[i] /= lower[i][i];
            // values[j] -= lower[i][j] * values[i] for all j below i
            TensorPrimitives.MultiplyAdd(lower[i].AsSpan(0, i), -values[i], values.AsSpan(0, i), values.AsSpan(0, i));
        }
    }
}
