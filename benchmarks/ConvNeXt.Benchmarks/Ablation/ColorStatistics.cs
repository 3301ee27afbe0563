using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Benchmarks.Ablation;

/// <summary>
/// What a network has to beat: ridge regression of the classes on six numbers of an image, mean and logarithm of the standard deviation of each color
/// channel. It sees no shapes, so it shows how well a data set can be classified by brightness and contrast alone.
/// </summary>
internal static class ColorStatistics
{
    private const int Channels = 3, Features = 2 * Channels + 1;
    private const double Ridge = 1;

    /// <summary>Share of the held-out images that are classified correctly.</summary>
    public static double Accuracy(DecodedImageSet training, DecodedImageSet heldOut)
    {
        double[][] seen = [.. Enumerable.Range(0, training.Count).Select(item => Describe(training.Load(item)))];
        double[][] unseen = [.. Enumerable.Range(0, heldOut.Count).Select(item => Describe(heldOut.Load(item)))];
        Standardize(seen, unseen);
        double[][] weights = [.. Enumerable.Range(0, training.Classes.Count).Select(label => Fit(seen, item => training.LabelOf(item) == label ? 1 : -1))];
        int correct = unseen.Index().Count(one => heldOut.LabelOf(one.Index) == weights.Index().MaxBy(row => Product(row.Item, one.Item)).Index);
        return (double)correct / unseen.Length;
    }

    private static double[] Describe(RgbImage image)
    {
        var features = new double[Features];
        features[^1] = 1;
        int pixels = image.Width * image.Height;
        for (int channel = 0; channel < Channels; channel++)
        {
            double sum = 0, squares = 0;
            for (int at = channel; at < pixels * Channels; at += Channels)
            {
                double value = image.Pixels[at] / 255.0;
                (sum, squares) = (sum + value, squares + value * value);
            }
            double mean = sum / pixels;
            features[channel] = mean;
            features[Channels + channel] = 0.5 * Math.Log(Math.Max(squares / pixels - mean * mean, 1e-8));
        }
        return features;
    }

    /// <summary>Scales each feature to mean 0 and deviation 1 over the training images, except for the constant.</summary>
    private static void Standardize(double[][] seen, double[][] unseen)
    {
        for (int feature = 0; feature < Features - 1; feature++)
        {
            double mean = seen.Average(row => row[feature]);
            double deviation = Math.Max(Math.Sqrt(seen.Average(row => (row[feature] - mean) * (row[feature] - mean))), 1e-8);
            foreach (double[] row in seen.Concat(unseen)) row[feature] = (row[feature] - mean) / deviation;
        }
    }

    /// <summary>Solves (X'X + ridge) w = X'y by elimination; the matrix is positive definite, so no pivoting is needed.</summary>
    private static double[] Fit(double[][] rows, Func<int, double> target)
    {
        var system = new double[Features, Features + 1];
        for (int i = 0; i < Features; i++)
        {
            system[i, i] = Ridge;
            foreach ((int item, double[] row) in rows.Index())
            {
                for (int j = 0; j < Features; j++) system[i, j] += row[i] * row[j];
                system[i, Features] += row[i] * target(item);
            }
        }
        for (int pivot = 0; pivot < Features; pivot++)
            for (int i = 0; i < Features; i++)
            {
                if (i == pivot) continue;
                double factor = system[i, pivot] / system[pivot, pivot];
                for (int j = pivot; j <= Features; j++) system[i, j] -= factor * system[pivot, j];
            }
        return [.. Enumerable.Range(0, Features).Select(i => system[i, Features] / system[i, i])];
    }

    private static double Product(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
