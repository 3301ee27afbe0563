namespace ConvNeXt.Backbone.Training;

/// <summary>Sums losses and hits over the images of a set, and turns them into metrics of the whole.</summary>
internal sealed class ClassificationTally(int classCount)
{
    private readonly int[] _images = new int[classCount];
    private readonly int[] _hits = new int[classCount];
    private double _loss;

    /// <summary>Counts the images of a batch.</summary>
    /// <param name="logits">[labels, classes].</param>
    /// <param name="labels">The classes that are right.</param>
    internal void Add(ReadOnlySpan<float> logits, ReadOnlySpan<int> labels)
    {
        for (int image = 0; image < labels.Length; image++)
        {
            var scores = logits.Slice(image * classCount, classCount);
            int label = labels[image], best = IndexOfLargest(scores);
            double sum = 0;
            foreach (float score in scores) sum += Math.Exp((double)score - scores[best]);
            _loss += Math.Log(sum) + scores[best] - scores[label];
            _images[label]++;
            if (best == label) _hits[label]++;
        }
    }

    internal ValidationMetrics ToMetrics()
    {
        double recalls = 0;
        int present = 0;
        for (int label = 0; label < classCount; label++)
        {
            if (_images[label] == 0) continue;
            recalls += (double)_hits[label] / _images[label];
            present++;
        }
        int images = _images.Sum();
        return new ValidationMetrics(_loss / images, (double)_hits.Sum() / images, recalls / present);
    }

    /// <summary>The first of the largest scores.</summary>
    internal static int IndexOfLargest(ReadOnlySpan<float> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
            if (scores[i] > scores[best]) best = i;
        return best;
    }
}
