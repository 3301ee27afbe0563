namespace ConvNeXt.Backbone.Training.Optimization;

/// <summary>Target distributions of labels.</summary>
internal static class SoftTargets
{
    /// <summary>Label smoothing: 1 - smoothing on the label, and the smoothing spread evenly over all classes, the label's among them.</summary>
    /// <param name="label">The class, 0 to the length of <paramref name="target"/> - 1.</param>
    /// <param name="smoothing">In [0, 1).</param>
    /// <param name="target">Receives the distribution, one value per class.</param>
    public static void Smooth(int label, double smoothing, Span<float> target)
    {
        target.Fill((float)(smoothing / target.Length));
        target[label] = (float)(1 - smoothing + smoothing / target.Length);
    }

    /// <summary>The smoothed targets of two mixed images: share times the label's and 1 - share times the partner's, as timm 0.3.2 mixes them.</summary>
    /// <param name="label">The image's class, 0 to the length of <paramref name="target"/> - 1.</param>
    /// <param name="partner">The class of the image that it is mixed with.</param>
    /// <param name="share">Share of the image itself, in [0, 1]; 1 gives what <see cref="Smooth"/> does.</param>
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
