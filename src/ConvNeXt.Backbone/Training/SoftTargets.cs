namespace ConvNeXt.Backbone.Training;

/// <summary>Target distributions of labels.</summary>
public static class SoftTargets
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
}
