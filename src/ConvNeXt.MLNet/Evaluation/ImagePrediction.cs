using System.Collections.Immutable;

namespace ConvNeXt.MLNet.Evaluation;

/// <summary>What a classifier says of one image file.</summary>
/// <param name="ImagePath">The path of the file.</param>
/// <param name="Scores">The probability of each class, in the order of <see cref="ConvNeXtClassificationTransformer.LabelNames"/>; empty if the image could
/// not be read.</param>
/// <param name="Problem">Why the image could not be read; null if it was read.</param>
public sealed record ImagePrediction(string ImagePath, ImmutableArray<float> Scores, string? Problem)
{
    /// <summary>The index of the most likely class, the first of several with the same probability; -1 if the image could not be read.</summary>
    public int Class
    {
        get
        {
            int best = Scores.Length - 1;
            for (int i = best; i >= 0; i--)
                if (Scores[i] >= Scores[best]) best = i;
            return best;
        }
    }

    /// <summary>The indices of the most likely classes, most likely first.</summary>
    /// <param name="count">How many, at most as many as there are classes.</param>
    public IEnumerable<int> Top(int count) => Enumerable.Range(0, Scores.Length).OrderByDescending(label => Scores[label]).ThenBy(label => label).Take(count);
}
