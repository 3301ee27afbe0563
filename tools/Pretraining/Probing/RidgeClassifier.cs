namespace ConvNeXt.Pretraining.Probing;

/// <summary>Linear least squares towards one-hot targets with a penalty that leaving one out chooses; features are standardized.</summary>
internal sealed class RidgeClassifier
{
    private static readonly double[] _penalties = [0.01, 0.03, 0.1, 0.3, 1, 3];

    private readonly double[] _means, _scales;
    private readonly double[,] _weights;
    private readonly double[] _shares;

    private RidgeClassifier(double[] means, double[] scales, double[,] weights, double[] shares) => (_means, _scales, _weights, _shares) = (means, scales, weights, shares);

    /// <summary>Fits features with labels from 0 on.</summary>
    public static RidgeClassifier Fit(float[][] features, int[] labels, int classes)
    {
        int count = features.Length, width = features[0].Length;
        double[] means = new double[width], scales = new double[width], shares = new double[classes];
        foreach (int label in labels) shares[label] += 1.0 / count;
        for (int i = 0; i < width; i++)
        {
            means[i] = features.Average(row => (double)row[i]);
            scales[i] = 1 / Math.Sqrt(features.Average(row => (row[i] - means[i]) * (row[i] - means[i])) + 1e-12);
        }

        var x = features.Select(row => row.Select((value, i) => (value - means[i]) * scales[i]).ToArray()).ToArray();
        var products = new double[width, width];
        var targets = new double[width, classes];
        for (int n = 0; n < count; n++)
        {
            for (int i = 0; i < width; i++)
            {
                for (int j = 0; j <= i; j++) products[i, j] += x[n][i] * x[n][j];
                for (int c = 0; c < classes; c++) targets[i, c] += x[n][i] * ((labels[n] == c ? 1 : 0) - shares[c]);
            }
        }

        RidgeClassifier? best = null;
        int bestRight = -1;
        foreach (double penalty in _penalties)
        {
            double[,] inverse = SymmetricInverse.Of(products, penalty * count);
            var weights = new double[width, classes];
            for (int i = 0; i < width; i++)
                for (int j = 0; j < width; j++)
                    for (int c = 0; c < classes; c++) weights[i, c] += inverse[i, j] * targets[j, c];
            var fit = new RidgeClassifier(means, scales, weights, shares);
            int right = Enumerable.Range(0, count).Count(n => fit.PredictWithout(x[n], labels[n], inverse) == labels[n]);
            if (right > bestRight) (best, bestRight) = (fit, right);
        }

        return best!;
    }

    /// <summary>The class of a picture.</summary>
    public int Predict(float[] features) => Largest(Scores([.. features.Select((value, i) => (value - _means[i]) * _scales[i])]));

    // What the fit without this picture would say: its error grows by 1 / (1 - leverage).
    private int PredictWithout(double[] x, int label, double[,] inverse)
    {
        double leverage = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double sum = 0;
            for (int j = 0; j < x.Length; j++) sum += inverse[i, j] * x[j];
            leverage += x[i] * sum;
        }

        double[] scores = Scores(x);
        for (int c = 0; c < scores.Length; c++)
        {
            double target = label == c ? 1 : 0;
            scores[c] = target - ((target - scores[c]) / Math.Max(1e-6, 1 - leverage));
        }

        return Largest(scores);
    }

    private double[] Scores(double[] x)
    {
        double[] scores = [.. _shares];
        for (int i = 0; i < x.Length; i++)
            for (int c = 0; c < scores.Length; c++) scores[c] += x[i] * _weights[i, c];
        return scores;
    }

    private static int Largest(double[] values) => Array.IndexOf(values, values.Max());
}
