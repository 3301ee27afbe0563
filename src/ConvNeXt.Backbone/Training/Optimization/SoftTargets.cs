namespace ConvNeXt.Backbone.Training.Optimization;

/// <summary>Target distributions for labels.</summary>
internal static class SoftTargets
{
    /// <summary>Label smoothing: 1 - smoothing for the label, plus smoothing spread evenly over all classes, including the label.</summary>
    /// <param name="label">The class, 0 to the length of <paramref name="target"/> - 1.</param>
    /// <param name="smoothing">In [0, 1).</param>
    /// <param name="target">Receives the distribution, one value per class.</param>
    public static void Smooth(int label, double smoothing, Span<float> target)
    {
        target.Fill((float)(smoothing / target.Length));
        target[label] = (float)(1 - smoothing + smoothing / target.Length);
    }

    /// <summary>Smoothed targets of two mixed images: share times the label's target plus 1 - share times the partner's, as in timm 0.3.2.</summary>
    /// <param name="label">The image's class, 0 to the length of <paramref name="target"/> - 1.</param>
    /// <param name="partner">The class of the image it is mixed with.</param>
    /// <param name="share">Share of the image itself, in [0, 1]; 1 gives the result of <see cref="Smooth"/>.</param>
    /// <param name="smoothing">In [0, 1).</param>
    /// <param name="target">Receives the distribution, one value per class.</param>
    public static void Mix(int label, int partner, double share, double smoothing, Span<float> target)
    {
        double off = smoothing / target.Length, on = 1 - smoothing + off;
        target.Fill((float)off);
        if (label == partner)
        {
            target[label] = (float)on;
            return;
        }
        target[label] = (float)(share * on + (1 - share) * off);
        target[partner] = (float)(share * off + (1 - share) * on);
    }
}
