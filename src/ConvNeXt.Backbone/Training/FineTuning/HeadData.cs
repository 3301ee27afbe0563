using System.Numerics.Tensors;
using System.Runtime.ExceptionServices;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>Features and labels that linear heads are fitted to. Features are standardized over all images.</summary>
internal sealed class HeadData
{
    private const double LeastDeviation = 1e-6;

    private readonly IReadOnlyList<float[]> _features;
    private readonly IReadOnlyList<int> _labels;
    private readonly double[] _mean, _deviation;
    private readonly int _length;

    /// <param name="features">The features of each image.</param>
    /// <param name="labels">The label of each image.</param>
    /// <param name="classes">Number of classes.</param>
    public HeadData(IReadOnlyList<float[]> features, IReadOnlyList<int> labels, int classes)
    {
        (_features, _labels, Classes, _length) = (features, labels, classes, features[0].Length);
        (_mean, _deviation) = (new double[_length], new double[_length]);
        foreach (float[] values in features)
            for (int i = 0; i < _length; i++) _mean[i] += values[i] / (double)features.Count;
        foreach (float[] values in features)
            for (int i = 0; i < _length; i++) _deviation[i] += (values[i] - _mean[i]) * (values[i] - _mean[i]) / features.Count;
        for (int i = 0; i < _length; i++) _deviation[i] = Math.Max(Math.Sqrt(_deviation[i]), LeastDeviation);
    }

    /// <summary>Number of images.</summary>
    public int Count => _labels.Count;

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>The label of an image.</summary>
    public int LabelOf(int item) => _labels[item];

    /// <summary>Spreads the images of each class over folds, in an order drawn from the seed.</summary>
    public int[] AssignFolds(long seed, int folds)
    {
        int[] assigned = new int[Count];
        foreach (var group in Enumerable.Range(0, Count).GroupBy(item => _labels[item]))
        {
            int next = 0;
            foreach (int item in group.OrderBy(item => new CounterRandom(seed, RandomPurpose.Order, item, 2).NextDouble())) assigned[item] = next++ % folds;
        }
        return assigned;
    }

    /// <summary>The regression on some images.</summary>
    public LogisticRegression Problem(int[] items)
    {
        double[] x = new double[items.Length * _length], targets = new double[items.Length * Classes];
        for (int row = 0; row < items.Length; row++)
        {
            Standardize(items[row], x.AsSpan(row * _length, _length));
            targets[(row * Classes) + _labels[items[row]]] = 1;
        }
        return new LogisticRegression(x, targets, Classes);
    }

    /// <summary>The logits of an image by a solution of <see cref="Problem"/>.</summary>
    public void Score(double[] parameters, int item, Span<double> logits)
    {
        double[] x = new double[_length];
        Standardize(item, x);
        for (int label = 0; label < Classes; label++)
            logits[label] = TensorPrimitives.Dot<double>(x, parameters.AsSpan(label * _length, _length)) + parameters[(Classes * _length) + label];
    }

    /// <summary>A solution of <see cref="Problem"/> as weight [classes, features] and bias [classes] for features as they are.</summary>
    public (float[] Weight, float[] Bias) ToHead(double[] parameters)
    {
        float[] weight = new float[Classes * _length], bias = new float[Classes];
        for (int label = 0; label < Classes; label++)
        {
            double shift = parameters[(Classes * _length) + label];
            for (int i = 0; i < _length; i++)
            {
                double value = parameters[(label * _length) + i] / _deviation[i];
                weight[(label * _length) + i] = (float)value;
                shift -= value * _mean[i];
            }
            bias[label] = (float)shift;
        }
        return (weight, bias);
    }

    /// <summary>Does something for each fold, in parallel. An exception, such as that of a cancellation, is thrown as it is.</summary>
    public static void ForEachFold(int folds, Action<int> action)
    {
        try
        {
            Parallel.For(0, folds, action);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private void Standardize(int item, Span<double> x)
    {
        float[] values = _features[item];
        for (int i = 0; i < _length; i++) x[i] = (values[i] - _mean[i]) / _deviation[i];
    }
}
