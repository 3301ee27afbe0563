using System.Numerics.Tensors;
using ConvNeXt.Backbone.Training.FineTuning;

namespace ConvNeXt.MLNet.DataSets;

/// <summary>
/// Labels that are probably wrong, in the way of confident learning (Northcutt et al. 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels"):
/// each image is scored by a linear model on features that was fitted without it. Scores are compared with the mean that the images of a class have for it, so
/// that a class that is hard to recognize is not suspected as a whole.
/// </summary>
internal static class LabelErrors
{
    /// <summary>A class needs some other images.</summary>
    private const int LeastPerClass = 5;

    /// <summary>
    /// A strong penalty, so that the model does not follow the wrong labels that it is fitted to. From 0.5 to 1 the result is nearly the same.
    /// </summary>
    private const double Penalty = 0.5;

    /// <summary>Where many labels are in doubt, the most doubtful tenth of the images is worth a look.</summary>
    private const double LargestShare = 0.1;

    /// <summary>Finds doubtful labels, most doubtful first.</summary>
    /// <param name="images">The images.</param>
    /// <param name="features">The features of the images.</param>
    /// <param name="cancellation">Cancels.</param>
    public static IReadOnlyList<LabelSuspect> Find(ScannedImage[] images, ImageFeatures features, CancellationToken cancellation)
    {
        string[] names = [.. images.Select(image => image.Image.Label).Distinct().Order(StringComparer.Ordinal)];
        int[] labels = [.. images.Select(image => Array.IndexOf(names, image.Image.Label))];
        if (names.Length < 2 || labels.CountBy(label => label).Any(count => count.Value < LeastPerClass)) return [];
        double[][] scores = Score(features, labels, names.Length, Penalty, cancellation.ThrowIfCancellationRequested);
        double scale = FindScale(scores, labels);
        int most = (int)Math.Ceiling(LargestShare * images.Length);
        return
        [
            .. Rank(scores, labels).Where(doubt => doubt.Margin > 0).Take(most).Select(doubt =>
            {
                double[] probabilities = ToProbabilities(scores[doubt.Image], scale);
                int label = labels[doubt.Image];
                return new LabelSuspect(
                    ImageDataCheck.Describe(images[doubt.Image]), probabilities[label], names[doubt.Likeliest], probabilities[doubt.Likeliest]);
            }),
        ];
    }

    /// <summary>All images by how doubtful their label is, most doubtful first.</summary>
    /// <param name="features">The features of the images.</param>
    /// <param name="labels">The label of each image; there is one of every class.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="penalty">Another penalty, for comparison.</param>
    public static int[] Rank(ImageFeatures features, int[] labels, int classes, double penalty = Penalty) =>
        [.. Rank(Score(features, labels, classes, penalty, checkAlive: null), labels).Select(doubt => doubt.Image)];

    private static double[][] Score(ImageFeatures features, int[] labels, int classes, double penalty, Action? checkAlive) =>
        LeaveOneOutScores.Compute(features.Averaged, labels, classes, penalty, checkAlive, features.Blocks);

    /// <summary>How much likelier another label is, in scores above the usual ones of each class; below 0 if none is.</summary>
    private static IEnumerable<(int Image, int Likeliest, double Margin)> Rank(double[][] scores, int[] labels)
    {
        double[] usual = [.. Enumerable.Range(0, scores[0].Length).Select(MeanOf)];
        return Enumerable.Range(0, labels.Length).Select(Doubt).OrderByDescending(doubt => doubt.Margin);

        double MeanOf(int label) => Enumerable.Range(0, labels.Length).Where(i => labels[i] == label).Average(i => scores[i][label]);

        (int Image, int Likeliest, double Margin) Doubt(int image)
        {
            double[] relative = [.. scores[image].Select((score, label) => score - usual[label])];
            double own = relative[labels[image]];
            relative[labels[image]] = double.NegativeInfinity;
            int likeliest = TensorPrimitives.IndexOfMax<double>(relative);
            return (image, likeliest, relative[likeliest] - own);
        }
    }

    /// <summary>The factor of the scores with which their softmax has the lowest log loss.</summary>
    private static double FindScale(double[][] scores, int[] labels)
    {
        const double Least = 0.1, Largest = 100;
        const int Steps = 60;
        return Enumerable.Range(0, Steps + 1).Select(step => Least * Math.Pow(Largest / Least, step / (double)Steps))
            .MinBy(scale => scores.Select((score, i) => -Math.Log(Math.Max(ToProbabilities(score, scale)[labels[i]], 1e-12))).Sum());
    }

    private static double[] ToProbabilities(double[] scores, double scale)
    {
        double[] probabilities = new double[scores.Length];
        TensorPrimitives.Multiply(scores, scale, probabilities);
        TensorPrimitives.SoftMax<double>(probabilities, probabilities);
        return probabilities;
    }
}
