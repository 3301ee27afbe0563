namespace ConvNeXt.MLNet.Robustness.Corruptions;

/// <summary>Motion blur as ImageMagick computes it: one half of a normal distribution along a line that starts at the pixel.</summary>
internal static class MotionFilter
{
    /// <summary>Blurs.</summary>
    /// <param name="plane">What to blur.</param>
    /// <param name="radius">The line has 2 * radius + 1 pixels.</param>
    /// <param name="deviation">Standard deviation in pixels.</param>
    /// <param name="degrees">Direction of the line; 0 is to the right, 90 downward.</param>
    internal static Plane Apply(Plane plane, int radius, double deviation, double degrees)
    {
        int length = (2 * radius) + 1;
        double[] kernel = [.. Enumerable.Range(0, length).Select(i => Math.Exp(-0.5 * i * i / (deviation * deviation)))];
        double sum = kernel.Sum();
        var (sine, cosine) = Math.SinCos(degrees * Math.PI / 180);
        (int X, int Y)[] offsets = [.. Enumerable.Range(0, length).Select(i => ((int)Math.Ceiling((i * cosine) - 0.5), (int)Math.Ceiling((i * sine) - 0.5)))];
        var result = new Plane(plane.Width, plane.Height);
        for (int y = 0; y < plane.Height; y++)
        {
            for (int x = 0; x < plane.Width; x++)
            {
                double value = 0;
                for (int i = 0; i < length; i++)
                    value += kernel[i] * plane[Border.Nearest(x + offsets[i].X, plane.Width), Border.Nearest(y + offsets[i].Y, plane.Height)];
                result[x, y] = (float)(value / sum);
            }
        }
        return result;
    }
}
