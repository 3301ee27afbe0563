namespace ConvNeXt.Backbone.Training.Metrics;

/// <summary>Accumulates losses, ranks and confidences over the images of a set, and computes the metrics of the whole set.</summary>
/// <param name="classCount">Number of classes.</param>
/// <param name="topK">Largest k for top-k accuracy, at least 1.</param>
internal sealed class ClassificationTally(int classCount, int topK)
{
    private readonly int[] _images = new int[classCount];
    private readonly int[] _hits = new int[classCount];
    private readonly int[] _ranks = new int[Math.Min(classCount, topK)]; // number of images whose label has that rank
    private readonly CalibrationBins _calibration = new();
    private double _loss;

    /// <summary>Adds the images of a batch.</summary>
    /// <param name="logits">[labels.Length, classes].</param>
    /// <param name="labels">The correct classes.</param>
    internal void Add(ReadOnlySpan<float> logits, ReadOnlySpan<int> labels)
    {
        for (int image = 0; image < labels.Length; image++)
        {
            var scores = logits.Slice(image * classCount, classCount);
            int label = labels[image], best = IndexOfLargest(scores), rank = RankOf(label, scores);
            double sum = 0;
            foreach (float score in scores) sum += Math.Exp((double)score - scores[best]);
            _loss += Math.Log(sum) + scores[best] - scores[label];
            _images[label]++;
            if (best == label) _hits[label]++;
            if (rank < _ranks.Length) _ranks[rank]++;
            _calibration.Add(1 / sum, best == label);
        }
    }

    internal ValidationMetrics ToMetrics()
    {
        double[] recalls = [.. Enumerable.Range(0, classCount).Select(label => _images[label] == 0 ? double.NaN : (double)_hits[label] / _images[label])];
        int images = _images.Sum(), within = 0;
        double[] topK = [.. _ranks.Select(count => (double)(within += count) / images)];
        return new ValidationMetrics(
            _loss / images, (double)_hits.Sum() / images, recalls.Where(double.IsFinite).Average(), [.. topK], [.. recalls], _calibration.ToError());
    }

    /// <summary>Index of the largest score; the first one if several are equal.</summary>
    internal static int IndexOfLargest(ReadOnlySpan<float> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
            if (scores[i] > scores[best]) best = i;
        return best;
    }

    // Same order as in ML.NET's Evaluate: of equal scores, the first ranks higher.
    private static int RankOf(int label, ReadOnlySpan<float> scores)
    {
        int rank = 0;
        for (int i = 0; i < scores.Length; i++)
            if (scores[i] > scores[label] || (scores[i] == scores[label] && i < label)) rank++;
        return rank;
    }
}
