using System.Numerics.Tensors;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>
/// Multinomial logistic regression on features, solved to the end: the mean cross-entropy plus half of an L2 penalty on the weights (not on the bias) is
/// minimized with L-BFGS. Features are standardized first, so that the penalty treats all of them alike. The same input gives the same result.
/// </summary>
internal sealed class LogisticRegression
{
    private const int MaxIterations = 300, Memory = 8;
    private const double Tolerance = 1e-5, ArmijoFactor = 1e-4;

    private readonly double[] _features, _targets;
    private readonly int _count, _length, _classes;

    /// <param name="features">Standardized features, [count, length].</param>
    /// <param name="targets">The target distribution of each row, [count, classes].</param>
    /// <param name="classes">Number of classes.</param>
    public LogisticRegression(double[] features, double[] targets, int classes)
    {
        (_features, _targets, _classes) = (features, targets, classes);
        (_count, _length) = (targets.Length / classes, features.Length / (targets.Length / classes));
    }

    /// <summary>Number of values of a solution: [classes, length] weights, then [classes] biases.</summary>
    public int ParameterCount => _classes * (_length + 1);

    /// <summary>Minimizes the loss.</summary>
    /// <param name="penalty">Factor of half of the sum of squared weights, above 0.</param>
    /// <param name="parameters">The start, and afterward the solution.</param>
    /// <param name="checkAlive">Called in each iteration; throws to cancel.</param>
    /// <returns>The loss with the penalty.</returns>
    public double Solve(double penalty, double[] parameters, Action? checkAlive = null)
    {
        double[] gradient = new double[ParameterCount], nextGradient = new double[ParameterCount];
        double[] next = new double[ParameterCount], direction = new double[ParameterCount];
        var pairs = new List<(double[] Move, double[] Change, double Curvature)>(Memory);
        double value = Evaluate(penalty, parameters, gradient);
        for (int iteration = 0; iteration < MaxIterations && TensorPrimitives.Norm<double>(gradient) > Tolerance; iteration++)
        {
            checkAlive?.Invoke();
            Direction(gradient, pairs, direction);
            double slope = TensorPrimitives.Dot<double>(gradient, direction), step = 1, nextValue;
            while (true)
            {
                TensorPrimitives.MultiplyAdd(direction, step, parameters, next);
                nextValue = Evaluate(penalty, next, nextGradient);
                if (nextValue <= value + (ArmijoFactor * step * slope)) break;
                step /= 2;
                if (step < 1e-10) return value; // no progress is possible in this precision
            }
            double[] move = new double[ParameterCount], change = new double[ParameterCount];
            TensorPrimitives.Subtract<double>(next, parameters, move);
            TensorPrimitives.Subtract<double>(nextGradient, gradient, change);
            double curvature = TensorPrimitives.Dot<double>(move, change);
            if (curvature > 0)
            {
                if (pairs.Count == Memory) pairs.RemoveAt(0);
                pairs.Add((move, change, curvature));
            }
            next.CopyTo(parameters, 0);
            (gradient, nextGradient, value) = (nextGradient, gradient, nextValue);
        }
        return value;
    }

    /// <summary>Mean cross-entropy plus the penalty.</summary>
    /// <param name="penalty">Factor of half of the sum of squared weights.</param>
    /// <param name="parameters">Weights and biases.</param>
    /// <param name="gradient">Receives the gradient.</param>
    public double Evaluate(double penalty, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        int weightCount = _classes * _length;
        ReadOnlySpan<double> weights = parameters[..weightCount], bias = parameters[weightCount..];
        gradient.Clear();
        Span<double> probabilities = _classes <= 256 ? stackalloc double[_classes] : new double[_classes];
        double loss = 0;
        for (int row = 0; row < _count; row++)
        {
            ReadOnlySpan<double> x = _features.AsSpan(row * _length, _length), target = _targets.AsSpan(row * _classes, _classes);
            for (int label = 0; label < _classes; label++)
                probabilities[label] = TensorPrimitives.Dot(x, weights.Slice(label * _length, _length)) + bias[label];
            double max = TensorPrimitives.Max<double>(probabilities);
            TensorPrimitives.Subtract(probabilities, max, probabilities);
            loss -= TensorPrimitives.Dot(target, probabilities);
            TensorPrimitives.Exp<double>(probabilities, probabilities);
            double sum = TensorPrimitives.Sum<double>(probabilities);
            loss += Math.Log(sum); // the targets of a row add up to 1
            for (int label = 0; label < _classes; label++)
            {
                double difference = ((probabilities[label] / sum) - target[label]) / _count;
                Span<double> to = gradient.Slice(label * _length, _length);
                TensorPrimitives.MultiplyAdd(x, difference, to, to);
                gradient[weightCount + label] += difference;
            }
        }
        TensorPrimitives.MultiplyAdd(weights, penalty, gradient[..weightCount], gradient[..weightCount]);
        return (loss / _count) + (penalty / 2 * TensorPrimitives.Dot(weights, weights));
    }

    // The two-loop recursion (Nocedal and Wright, Numerical Optimization, algorithm 7.4).
    private static void Direction(double[] gradient, List<(double[] Move, double[] Change, double Curvature)> pairs, double[] direction)
    {
        TensorPrimitives.Negate<double>(gradient, direction);
        var factors = new double[pairs.Count];
        for (int i = pairs.Count - 1; i >= 0; i--)
        {
            factors[i] = TensorPrimitives.Dot<double>(pairs[i].Move, direction) / pairs[i].Curvature;
            TensorPrimitives.MultiplyAdd(pairs[i].Change, -factors[i], direction, direction);
        }
        if (pairs.Count > 0)
        {
            double[] change = pairs[^1].Change;
            TensorPrimitives.Multiply(direction, pairs[^1].Curvature / TensorPrimitives.Dot<double>(change, change), direction);
        }
        else
        {
            TensorPrimitives.Multiply(direction, 1 / Math.Max(1, TensorPrimitives.Norm<double>(gradient)), direction);
        }
        for (int i = 0; i < pairs.Count; i++)
        {
            double factor = factors[i] - (TensorPrimitives.Dot<double>(pairs[i].Change, direction) / pairs[i].Curvature);
            TensorPrimitives.MultiplyAdd(pairs[i].Move, factor, direction, direction);
        }
    }
}
