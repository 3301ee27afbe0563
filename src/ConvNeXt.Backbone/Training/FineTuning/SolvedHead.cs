using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>
/// A head solved on features: logistic regression with the L2 penalty that has the lowest log loss on folds of the training set, then on all of it. Takes
/// seconds for the sets that it is meant for; sets above <see cref="MaxForFolds"/> images use a part of them to find the penalty.
/// </summary>
internal sealed class SolvedHead
{
    private const int Folds = 5, MaxForFolds = 1000;
    private const string WeightName = "head.weight", BiasName = "head.bias";

    private static readonly double[] _penalties = [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001];

    private SolvedHead(float[] weight, float[] bias, double penalty, double logLoss, double accuracy) =>
        (Weight, Bias, Penalty, LogLoss, Accuracy) = (weight, bias, penalty, logLoss, accuracy);

    /// <summary>[classes, features], for features as they are.</summary>
    public float[] Weight { get; }

    /// <summary>[classes].</summary>
    public float[] Bias { get; }

    /// <summary>The chosen penalty, for standardized features.</summary>
    public double Penalty { get; }

    /// <summary>Mean log loss on the folds, each predicted by the others.</summary>
    public double LogLoss { get; }

    /// <summary>Accuracy on the folds.</summary>
    public double Accuracy { get; }

    /// <summary>Solves a head.</summary>
    /// <param name="features">The features of each image.</param>
    /// <param name="labels">The label of each image.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="seed">Of the folds.</param>
    /// <param name="checkAlive">Throws to cancel.</param>
    public static SolvedHead Fit(IReadOnlyList<float[]> features, IReadOnlyList<int> labels, int classes, long seed, Action? checkAlive = null)
    {
        var data = new HeadData(features, labels, classes);
        int[] folds = data.AssignFolds(seed, Folds), all = [.. Enumerable.Range(0, labels.Count)];
        int[] used = labels.Count <= MaxForFolds ? all : [.. all.OrderBy(item => new CounterRandom(seed, RandomPurpose.Order, item, 1).NextDouble()).Take(MaxForFolds)];
        var byFold = new (double Loss, int Right)[Folds][];
        HeadData.ForEachFold(Folds, fold => byFold[fold] = MeasureFold(data, used, folds, fold, checkAlive));

        // Added up by fold, so that the result does not depend on the threads.
        double[] losses = [.. _penalties.Select((_, i) => byFold.Sum(results => results[i].Loss))];
        int best = Array.IndexOf(losses, losses.Min());
        var whole = data.Problem(all);
        double[] solution = new double[whole.ParameterCount];
        whole.Solve(_penalties[best], solution, checkAlive);
        var (weight, bias) = data.ToHead(solution);
        return new SolvedHead(weight, bias, _penalties[best], losses[best] / used.Length, byFold.Sum(results => results[best].Right) / (double)used.Length);
    }

    /// <summary>A copy of weights, whose head can be written to.</summary>
    public static WeightSet Copy(WeightSet weights)
    {
        var copy = new WeightSet();
        foreach (WeightTensor tensor in weights.Tensors) copy.Add(tensor with { Values = [.. tensor.Values] });
        return copy;
    }

    /// <summary>Writes the head into weights of a network with it.</summary>
    public void CopyTo(WeightSet weights)
    {
        Weight.CopyTo(weights[WeightName].Values, 0);
        Bias.CopyTo(weights[BiasName].Values, 0);
    }

    // Log loss and hits of a fold's images with each penalty, by heads fitted to the other folds.
    private static (double Loss, int Right)[] MeasureFold(HeadData data, int[] used, int[] folds, int fold, Action? checkAlive)
    {
        var results = new (double Loss, int Right)[_penalties.Length];
        int[] others = [.. used.Where(item => folds[item] != fold)], own = [.. used.Where(item => folds[item] == fold)];
        if (others.Length == 0 || own.Length == 0) return results;
        var problem = data.Problem(others);
        double[] parameters = new double[problem.ParameterCount], logits = new double[data.Classes];
        for (int i = 0; i < _penalties.Length; i++) // from strong to weak, each from the solution before
        {
            problem.Solve(_penalties[i], parameters, checkAlive);
            foreach (int item in own)
            {
                data.Score(parameters, item, logits);
                double max = logits.Max(), right = logits[data.LabelOf(item)];
                results[i].Loss += Math.Log(logits.Sum(logit => Math.Exp(logit - max))) - (right - max);
                if (Array.IndexOf(logits, max) == data.LabelOf(item)) results[i].Right++;
            }
        }
        return results;
    }
}
