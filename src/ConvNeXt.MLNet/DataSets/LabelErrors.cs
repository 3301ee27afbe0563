using ConvNeXt.Backbone.Training.FineTuning;

namespace ConvNeXt.MLNet.DataSets;

/// <summary>
/// Labels that are probably wrong, in the way of confident learning (Northcutt et al. 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels"):
/// each image is predicted by a linear head on features that was fitted without it. Probabilities are compared with the mean that the images of a class have
/// for it, so that a class that is hard to recognize is not suspected as a whole.
/// </summary>
internal static class LabelErrors
{
    private const long Seed = 1;

    /// <summary>A class needs some images in the other folds.</summary>
    private const int LeastPerClass = 5;

    /// <summary>
    /// A strong penalty, so that the head does not follow the wrong labels that it is fitted to: the best of 0.03 to 30 on photos of flowers.
    /// </summary>
    private const double Penalty = 3;

    /// <summary>Where many labels are in doubt, the most doubtful tenth of the images is worth a look.</summary>
    private const double LargestShare = 0.1;

    /// <summary>Finds doubtful labels, most doubtful first.</summary>
    public static IReadOnlyList<LabelSuspect> Find(ScannedImage[] images, float[][] features, CancellationToken cancellation)
    {
        string[] names = [.. images.Select(image => image.Image.Label).Distinct().Order(StringComparer.Ordinal)];
        int[] labels = [.. images.Select(image => Array.IndexOf(names, image.Image.Label))];
        if (names.Length < 2 || labels.CountBy(label => label).Any(count => count.Value < LeastPerClass)) return [];
        double[][] probabilities = FoldPredictions.Compute(features, labels, names.Length, Penalty, Seed, cancellation.ThrowIfCancellationRequested);
        double[] usual = [.. Enumerable.Range(0, names.Length).Select(MeanOf)];
        var doubts = new List<(double Doubt, LabelSuspect Suspect)>();
        for (int i = 0; i < images.Length; i++)
        {
            double[] scores = probabilities[i], relative = [.. scores.Select((score, label) => score / usual[label])];
            int likeliest = Array.IndexOf(relative, relative.Max());
            if (likeliest == labels[i]) continue;
            var suspect = new LabelSuspect(ImageDataCheck.Describe(images[i]), scores[labels[i]], names[likeliest], scores[likeliest]);
            doubts.Add((relative[likeliest] - relative[labels[i]], suspect));
        }
        int most = (int)Math.Ceiling(LargestShare * images.Length);
        return [.. doubts.OrderByDescending(doubt => doubt.Doubt).Take(most).Select(doubt => doubt.Suspect)];

        double MeanOf(int label) => Enumerable.Range(0, labels.Length).Where(i => labels[i] == label).Average(i => probabilities[i][label]);
    }
}
