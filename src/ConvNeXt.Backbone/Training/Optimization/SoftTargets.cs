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

    /// <summary>Like <see cref="Mix"/>, but a label may be missing (negative); only the parts of the target that are known are set.</summary>
    /// <returns>The sum of the target: 1 if both labels are known, the known image's share if one is, 0 if none is.</returns>
    public static double MixKnown(int label, int partner, double share, double smoothing, Span<float> target)
    {
        if (label >= 0 && partner >= 0)
        {
            Mix(label, partner, share, smoothing, target);
            return 1;
        }
        int known = Math.Max(label, partner);
        if (known < 0)
        {
            target.Clear();
            return 0;
        }
        double knownShare = label >= 0 ? share : 1 - share;
        Smooth(known, smoothing, target);
        foreach (ref float value in target) value = (float)(value * knownShare);
        return knownShare;
    }
}
