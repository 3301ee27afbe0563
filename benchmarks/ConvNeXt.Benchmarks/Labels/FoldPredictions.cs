using System.Numerics.Tensors;
using ConvNeXt.Backbone.Training.FineTuning;

namespace ConvNeXt.Benchmarks.Labels;

/// <summary>
/// What leave-one-out scores are compared with: probabilities of each image by a linear head that was fitted without it, logistic regression on folds,
/// averaged over several divisions.
/// </summary>
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
        var data = new HeadData(features, labels, classes);
        double[][] sums = [.. labels.Select(_ => new double[classes])];
        int divisions = labels.Count <= MostForDivisions ? Divisions : 1;
        for (int division = 0; division < divisions; division++)
        {
            int[] folds = data.AssignFolds(seed + division, Folds);
            HeadData.ForEachFold(Folds, fold => AddFold(data, folds, fold, penalty, sums, checkAlive));
        }
        foreach (double[] scores in sums) TensorPrimitives.Divide(scores, divisions, scores);
        return sums;
    }

    /// <summary>Fits a head to all folds but one, and adds its probabilities for the images of that one.</summary>
    private static void AddFold(HeadData data, int[] folds, int fold, double penalty, double[][] sums, Action? checkAlive)
    {
        var problem = data.Problem([.. Enumerable.Range(0, folds.Length).Where(item => folds[item] != fold)]);
        double[] parameters = new double[problem.ParameterCount], scores = new double[data.Classes];
        problem.Solve(penalty, parameters, checkAlive);
        for (int item = 0; item < folds.Length; item++)
        {
            if (folds[item] != fold) continue;
            data.Score(parameters, item, scores);
            TensorPrimitives.SoftMax<double>(scores, scores);
            TensorPrimitives.Add<double>(sums[item], scores, sums[item]);
        }
    }
}
