using System.Numerics.Tensors;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>
/// Probabilities of each image by a linear head that was fitted without it: logistic regression on folds, with the penalty that has the lowest log loss.
/// </summary>
internal static class FoldPredictions
{
    private static readonly double[] _penalties = [0.3, 0.1, 0.03, 0.01];

    /// <summary>Predicts all images.</summary>
    /// <param name="features">The features of each image.</param>
    /// <param name="labels">The label of each image.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="seed">Seed of the folds.</param>
    /// <param name="checkAlive">Throws to cancel.</param>
    /// <returns>[images][classes].</returns>
    public static double[][] Compute(IReadOnlyList<float[]> features, IReadOnlyList<int> labels, int classes, long seed, Action? checkAlive = null)
    {
        var (mean, deviation) = SolvedHead.Moments(features);
        double[][] inputs = [.. features.Select(values => Standardize(values, mean, deviation))];
        int[] folds = SolvedHead.AssignFolds(labels, seed);
        var predictions = new double[_penalties.Length][][];
        for (int i = 0; i < predictions.Length; i++) predictions[i] = new double[labels.Count][];
        Parallel.For(0, SolvedHead.Folds, fold =>
        {
            int[] others = [.. Enumerable.Range(0, labels.Count).Where(item => folds[item] != fold)];
            int[] own = [.. Enumerable.Range(0, labels.Count).Where(item => folds[item] == fold)];
            if (others.Length == 0 || own.Length == 0) return;
            double[] targets = new double[others.Length * classes];
            for (int row = 0; row < others.Length; row++) targets[(row * classes) + labels[others[row]]] = 1;
            var problem = new LogisticRegression([.. others.SelectMany(item => inputs[item])], targets, classes);
            double[] parameters = new double[problem.ParameterCount];
            for (int i = 0; i < _penalties.Length; i++) // from strong to weak, each from the solution before
            {
                problem.Solve(_penalties[i], parameters, checkAlive);
                foreach (int item in own) predictions[i][item] = Predict(parameters, inputs[item], classes);
            }
        });
        // A fold without images, or without others, cannot be predicted: every class is as likely.
        foreach (double[][] ofPenalty in predictions)
            for (int item = 0; item < ofPenalty.Length; item++) ofPenalty[item] ??= [.. Enumerable.Repeat(1.0 / classes, classes)];
        return predictions.MinBy(ofPenalty => ofPenalty.Select((scores, item) => -Math.Log(Math.Max(scores[labels[item]], double.Epsilon))).Sum())!;
    }

    private static double[] Standardize(float[] values, double[] mean, double[] deviation) =>
        [.. values.Select((value, i) => (value - mean[i]) / deviation[i])];

    private static double[] Predict(double[] parameters, double[] input, int classes)
    {
        int length = input.Length;
        double[] scores = new double[classes];
        for (int label = 0; label < classes; label++)
            scores[label] = TensorPrimitives.Dot<double>(input, parameters.AsSpan(label * length, length)) + parameters[(classes * length) + label];
        TensorPrimitives.SoftMax<double>(scores, scores);
        return scores;
    }
}
