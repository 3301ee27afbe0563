using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// The counts that the metrics of a classifier come from, row by row. A label beyond the scored classes was not seen in training: it ranks
/// behind all of them and costs the largest loss. Rows without a label or with a score that is no number are left out.
/// </summary>
internal sealed class MulticlassCounts(int classes)
{
    /// <summary>No probability counts as smaller, so no loss is larger than -ln of it.</summary>
    private const float SmallestProbability = 1e-15f;

    private readonly double[][] _confusion = [.. Enumerable.Range(0, classes).Select(_ => new double[classes])];
    private readonly double[] _rowsOfClass = new double[classes];
    private readonly double[] _lossOfClass = new double[classes];
    private readonly double[] _rowsAtRank = new double[classes + 1];
    private double _rows;
    private double _loss;
    private long _withoutLabel;
    private long _badLabels;
    private long _badScores;
    private long _unseenLabels;

    /// <summary>Whether a label is a class number; counts those that are not.</summary>
    public bool IsLabel(double label)
    {
        if (double.IsNaN(label))
        {
            _withoutLabel++;
            return false;
        }

        if (label < 0 || label != (int)label)
        {
            _badLabels++;
            return false;
        }

        return true;
    }

    public void Add(int label, ReadOnlySpan<float> scores)
    {
        foreach (float score in scores)
        {
            if (!float.IsFinite(score))
            {
                _badScores++;
                return;
            }
        }

        bool seen = label < classes;
        if (!seen)
            _unseenLabels++;
        float own = seen ? scores[label] : 0;
        double loss = -Math.Log(seen ? Math.Min(1, Math.Max(SmallestProbability, own)) : SmallestProbability);
        (int rank, int predicted) = Rank(label, own, scores);

        _rows++;
        _loss += loss;
        _rowsAtRank[rank]++;
        if (!seen)
            return;
        _rowsOfClass[label]++;
        _lossOfClass[label] += loss;
        _confusion[label][rank == 0 ? label : predicted]++;
    }

    public IEnumerable<string> Warnings()
    {
        if (_withoutLabel > 0)
            yield return $"{_withoutLabel} rows have no label and are left out.";
        if (_badLabels > 0)
            yield return $"{_badLabels} rows have labels that are negative or no integers and are left out.";
        if (_badScores > 0)
            yield return $"{_badScores} rows have scores that are not finite and are left out.";
        if (_unseenLabels > 0)
            yield return $"{_unseenLabels} rows have labels that were not seen in training; each costs the largest log-loss.";
    }

    public MulticlassClassificationMetrics ToMetrics(IHost host, string[] classNames, int topK)
    {
        double logLoss = _rows > 0 ? _loss / _rows : 0;
        return new MulticlassClassificationMetrics(
            accuracyMicro: _rows > 0 ? _rowsAtRank[0] / _rows : 0,
            accuracyMacro: MacroAccuracy(),
            logLoss: logLoss,
            logLossReduction: Reduction(logLoss),
            topKPredictionCount: topK,
            topKAccuracies: topK > 0 ? TopKAccuracies(topK) : null,
            perClassLogLoss: [.. _lossOfClass.Zip(_rowsOfClass, (loss, rows) => rows > 0 ? loss / rows : 0)],
            confusionMatrix: new ConfusionMatrix(host, classNames, _confusion));
    }

    /// <summary>How many classes come before the true one, of equal scores those with a lower number; and the first of the best classes.</summary>
    private static (int Rank, int Predicted) Rank(int label, float own, ReadOnlySpan<float> scores)
    {
        int rank = 0;
        int predicted = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (scores[i] > own || (scores[i] == own && i < label))
                rank++;
            if (scores[i] > scores[predicted])
                predicted = i;
        }

        return (rank, predicted);
    }

    /// <summary>The mean recall of the classes that have rows.</summary>
    private double MacroAccuracy()
    {
        double sum = 0;
        int classesWithRows = 0;
        for (int i = 0; i < classes; i++)
        {
            if (_rowsOfClass[i] > 0)
            {
                sum += _confusion[i][i] / _rowsOfClass[i];
                classesWithRows++;
            }
        }

        return classesWithRows > 0 ? sum / classesWithRows : 0;
    }

    /// <summary>By how much of the labels' entropy the loss is below it; negative where guessing the classes' shares would do better.</summary>
    private double Reduction(double logLoss)
    {
        double entropy = 0;
        foreach (double rows in _rowsOfClass)
        {
            if (rows != 0)
                entropy += rows * Math.Log(rows / _rows);
        }

        entropy /= -_rows;
        return (entropy - logLoss) / entropy;
    }

    /// <summary>For 1 to k the share of rows whose true class is among the best. Beyond the ranks that exist there is nothing to index.</summary>
    private double[] TopKAccuracies(int topK)
    {
        if (topK > _rowsAtRank.Length)
            throw Contracts.Process(new IndexOutOfRangeException());
        double[] accuracies = new double[topK];
        double sum = 0;
        for (int k = 0; k < topK; k++)
            accuracies[k] = sum += _rowsAtRank[k] / _rows;
        return accuracies;
    }
}
