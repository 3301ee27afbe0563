using ConvNeXt.Backbone.Training.FineTuning;

namespace ConvNeXt.MLNet.DataSets;

/// <summary>
/// Labels that are probably wrong, by confident learning (Northcutt et al. 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels"): each image is
/// predicted by a linear head on features that was trained without it. A label is doubtful if another one is more likely and at least as likely as it is on
/// average for the images that have that label.
/// </summary>
internal static class LabelErrors
{
    private const long Seed = 1;

    /// <summary>A class needs some images in the other folds.</summary>
    private const int LeastPerClass = 5;

    /// <summary>Finds doubtful labels, most doubtful first.</summary>
    public static IReadOnlyList<LabelSuspect> Find(ScannedImage[] images, float[][] features, CancellationToken cancellation)
    {
        string[] names = [.. images.Select(image => image.Image.Label).Distinct().Order(StringComparer.Ordinal)];
        int[] labels = [.. images.Select(image => Array.IndexOf(names, image.Image.Label))];
        if (names.Length < 2 || labels.CountBy(label => label).Any(count => count.Value < LeastPerClass)) return [];
        double[][] probabilities = FoldPredictions.Compute(features, labels, names.Length, Seed, cancellation.ThrowIfCancellationRequested);
        double[] usual = [.. Enumerable.Range(0, names.Length).Select(label => MeanOf(label))];
        var suspects = new List<LabelSuspect>();
        for (int i = 0; i < images.Length; i++)
        {
            double[] scores = probabilities[i];
            int best = Array.IndexOf(scores, scores.Max());
            if (best == labels[i] || scores[best] < usual[best]) continue;
            suspects.Add(new LabelSuspect(ImageDataCheck.Describe(images[i]), scores[labels[i]], names[best], scores[best]));
        }
        return [.. suspects.OrderBy(suspect => suspect.LabelProbability - suspect.SuggestedProbability)];

        double MeanOf(int label) => Enumerable.Range(0, labels.Length).Where(i => labels[i] == label).Average(i => probabilities[i][label]);
    }
}
