namespace ConvNeXt.Backbone.Explanation;

/// <summary>
/// Grad-CAM (Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", equations 1 and 2): where in a feature
/// map there is what speaks for a class. Channels are weighted by the mean gradient of the class's logit, summed, and negative sums are dropped.
/// </summary>
internal static class GradCam
{
    /// <summary>Computes the heat of each pixel of a feature map.</summary>
    /// <param name="map">The feature map, [pixels, channels].</param>
    /// <param name="meanGradient">The mean gradient of each channel.</param>
    /// <returns>[pixels], from 0 to 1; the largest is 1, unless all are 0.</returns>
    public static float[] Combine(ReadOnlySpan<float> map, ReadOnlySpan<double> meanGradient)
    {
        double[] heat = new double[map.Length / meanGradient.Length];
        for (int pixel = 0; pixel < heat.Length; pixel++)
        {
            double sum = 0;
            for (int channel = 0; channel < meanGradient.Length; channel++) sum += meanGradient[channel] * map[(pixel * meanGradient.Length) + channel];
            heat[pixel] = Math.Max(sum, 0);
        }
        double largest = heat.Max();
        return [.. heat.Select(value => largest > 0 ? (float)(value / largest) : 0)];
    }
}
