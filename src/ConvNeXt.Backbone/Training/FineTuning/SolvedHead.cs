using System.Numerics.Tensors;
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
    private const double LeastDeviation = 1e-6;
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
        int length = features[0].Length;
        var (mean, deviation) = Moments(features);
        int[] folds = AssignFolds(labels, seed), all = [.. Enumerable.Range(0, labels.Count)];
        int[] used = labels.Count <= MaxForFolds ? all : [.. all.OrderBy(item => new CounterRandom(seed, RandomPurpose.Order, item, 1).NextDouble()).Take(MaxForFolds)];
        var (losses, right) = (new double[_penalties.Length], new int[_penalties.Length]);
        Parallel.For(0, Folds, fold =>
        {
            int[] others = [.. used.Where(item => folds[item] != fold)], own = [.. used.Where(item => folds[item] == fold)];
            if (others.Length == 0 || own.Length == 0) return;
            var problem = Problem(others);
            double[] parameters = new double[problem.ParameterCount];
            for (int i = 0; i < _penalties.Length; i++) // from strong to weak, each from the solution before
            {
                problem.Solve(_penalties[i], parameters, checkAlive);
                var (loss, hits) = Score(parameters, own);
                lock (losses) (losses[i], right[i]) = (losses[i] + loss, right[i] + hits);
            }
        });
        int best = Array.IndexOf(losses, losses.Min());
        var whole = Problem(all);
        double[] solution = new double[whole.ParameterCount];
        whole.Solve(_penalties[best], solution, checkAlive);
        float[] weight = new float[classes * length], bias = new float[classes];
        for (int label = 0; label < classes; label++)
        {
            double shift = solution[(classes * length) + label];
            for (int i = 0; i < length; i++)
            {
                double value = solution[(label * length) + i] / deviation[i];
                weight[(label * length) + i] = (float)value;
                shift -= value * mean[i];
            }
            bias[label] = (float)shift;
        }
        return new SolvedHead(weight, bias, _penalties[best], losses[best] / used.Length, (double)right[best] / used.Length);

        LogisticRegression Problem(int[] items)
        {
            double[] x = new double[items.Length * length], targets = new double[items.Length * classes];
            for (int row = 0; row < items.Length; row++)
            {
                Standardize(items[row], x.AsSpan(row * length, length));
                targets[(row * classes) + labels[items[row]]] = 1;
            }
            return new LogisticRegression(x, targets, classes);
        }

        void Standardize(int item, Span<double> x)
        {
            float[] values = features[item];
            for (int i = 0; i < length; i++) x[i] = (values[i] - mean[i]) / deviation[i];
        }

        (double Loss, int Right) Score(double[] parameters, int[] items)
        {
            double[] x = new double[length], logits = new double[classes];
            double loss = 0;
            int hits = 0;
            foreach (int item in items)
            {
                Standardize(item, x);
                for (int label = 0; label < classes; label++)
                    logits[label] = TensorPrimitives.Dot<double>(x, parameters.AsSpan(label * length, length)) + parameters[(classes * length) + label];
                double max = logits.Max();
                loss += Math.Log(logits.Sum(logit => Math.Exp(logit - max))) - (logits[labels[item]] - max);
                if (Array.IndexOf(logits, max) == labels[item]) hits++;
            }
            return (loss, hits);
        }
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

    internal static (double[] Mean, double[] Deviation) Moments(IReadOnlyList<float[]> features)
    {
        int length = features[0].Length;
        double[] mean = new double[length], deviation = new double[length];
        foreach (float[] values in features)
            for (int i = 0; i < length; i++) mean[i] += values[i] / (double)features.Count;
        foreach (float[] values in features)
            for (int i = 0; i < length; i++) deviation[i] += (values[i] - mean[i]) * (values[i] - mean[i]) / features.Count;
        for (int i = 0; i < length; i++) deviation[i] = Math.Max(Math.Sqrt(deviation[i]), LeastDeviation);
        return (mean, deviation);
    }

    // Each class is spread over the folds in an order drawn from the seed.
    internal static int[] AssignFolds(IReadOnlyList<int> labels, long seed, int count = Folds)
    {
        int[] folds = new int[labels.Count];
        foreach (var group in Enumerable.Range(0, labels.Count).GroupBy(item => labels[item]))
        {
            int next = 0;
            foreach (int item in group.OrderBy(item => new CounterRandom(seed, RandomPurpose.Order, item, 2).NextDouble())) folds[item] = next++ % count;
        }
        return folds;
    }
}
