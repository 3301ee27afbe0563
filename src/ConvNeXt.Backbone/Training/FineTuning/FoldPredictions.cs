using System.Numerics.Tensors;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>Probabilities of each image by a linear head that was fitted without it: logistic regression on folds, averaged over several divisions.</summary>
internal static class FoldPredictions
{
    private const int Folds = 10, Divisions = 4, MostForDivisions = 1000;

    /// <summary>Predicts all images.</summary>
    /// <param name="features">The features of each image.</param>
    /// <param name="labels">The label of each image.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="penalty">The L2 penalty of the head, for standardized features, above 0.</param>
    /// <param name="seed">Seed of the folds.</param>
    /// <param name="checkAlive">Throws to cancel.</param>
    /// <returns>[images][classes].</returns>
    public static double[][] Compute(
        IReadOnlyList<float[]> features, IReadOnlyList<int> labels, int classes, double penalty, long seed, Action? checkAlive = null)
    {
        var (mean, deviation) = SolvedHead.Moments(features);
        double[][] inputs = [.. features.Select(values => Standardize(values, mean, deviation))];
        double[][] sums = [.. labels.Select(_ => new double[classes])];
        int divisions = labels.Count <= MostForDivisions ? Divisions : 1;
        for (int division = 0; division < divisions; division++)
        {
            int[] folds = SolvedHead.AssignFolds(labels, seed + division, Folds);
            Parallel.For(0, Folds, fold => AddFold(inputs, labels, folds, fold, penalty, sums, checkAlive));
        }
        foreach (double[] scores in sums) TensorPrimitives.Divide(scores, divisions, scores);
        return sums;
    }

    /// <summary>Fits a head to all folds but one, and adds its probabilities for the images of that one.</summary>
    private static void AddFold(double[][] inputs, IReadOnlyList<int> labels, int[] folds, int fold, double penalty, double[][] sums, Action? checkAlive)
    {
        int classes = sums[0].Length;
        int[] others = [.. Enumerable.Range(0, folds.Length).Where(item => folds[item] != fold)];
        double[] targets = new double[others.Length * classes];
        for (int row = 0; row < others.Length; row++) targets[(row * classes) + labels[others[row]]] = 1;
        var problem = new LogisticRegression([.. others.SelectMany(item => inputs[item])], targets, classes);
        double[] parameters = new double[problem.ParameterCount], scores = new double[classes];
        problem.Solve(penalty, parameters, checkAlive);
        for (int item = 0; item < folds.Length; item++)
        {
            if (folds[item] != fold) continue;
            int length = inputs[item].Length;
            for (int label = 0; label < classes; label++)
                scores[label] = TensorPrimitives.Dot<double>(inputs[item], parameters.AsSpan(label * length, length)) + parameters[(classes * length) + label];
            TensorPrimitives.SoftMax<double>(scores, scores);
            TensorPrimitives.Add<double>(sums[item], scores, sums[item]);
        }
    }

    private static double[] Standardize(float[] values, double[] mean, double[] deviation) =>
        [.. values.Select((value, i) => (value - mean[i]) / deviation[i])];
}
