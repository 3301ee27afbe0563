namespace ConvNeXt.MLNet.DataSets;

/// <summary>
/// Pairs of pictures that show the same photo. Candidates are neighbors by features; a pair counts if the pixels of one thumbnail, or of a part of it, or of
/// its mirror image, correlate with those of the other.
/// </summary>
internal static class NearDuplicates
{
    /// <summary>
    /// Least correlation of the pixels of a pair. Different photos of the same motif stay below, with few exceptions; crops are above 0.91, and recompression,
    /// brightness and mirroring above 0.97.
    /// </summary>
    private const double LeastCorrelation = 0.9;

    /// <summary>Finds the pairs, most similar first.</summary>
    public static IReadOnlyList<SimilarImages> Find(ScannedImage[] images, (int Other, float Cosine)[][] neighbors, CancellationToken cancellation)
    {
        (int First, int Second)[] candidates =
        [
            .. neighbors.SelectMany((others, i) => others.Select(other => (First: Math.Min(i, other.Other), Second: Math.Max(i, other.Other))))
                .Distinct().Order(),
        ];
        double[] correlations = new double[candidates.Length];
        Parallel.For(0, candidates.Length, new ParallelOptions { CancellationToken = cancellation }, i =>
            correlations[i] = ThumbnailMatch.FindCorrelation(images[candidates[i].First].Thumbnail, images[candidates[i].Second].Thumbnail));
        return
        [
            .. Enumerable.Range(0, candidates.Length).Where(i => correlations[i] >= LeastCorrelation).OrderByDescending(i => correlations[i])
                .Select(i => new SimilarImages(
                    ImageDataCheck.Describe(images[candidates[i].First]), ImageDataCheck.Describe(images[candidates[i].Second]), correlations[i])),
        ];
    }
}
