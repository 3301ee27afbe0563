namespace ConvNeXt.MLNet.Robustness.Corruptions;

/// <summary>Blurs with a normal distribution, along rows and then along columns.</summary>
internal static class GaussianFilter
{
    /// <summary>Blurs.</summary>
    /// <param name="plane">What to blur.</param>
    /// <param name="deviation">Standard deviation in pixels, above 0.</param>
    /// <param name="truncate">Standard deviations after which the kernel ends; SciPy's default is 4.</param>
    /// <param name="border">Which pixel stands for one beyond the border; <see cref="Border.Nearest"/> as in scikit-image.</param>
    internal static Plane Apply(Plane plane, double deviation, double truncate = 4, Func<int, int, int>? border = null)
    {
        border ??= Border.Nearest;
        int radius = (int)((truncate * deviation) + 0.5);
        double[] kernel = [.. Enumerable.Range(-radius, (2 * radius) + 1).Select(i => Math.Exp(-0.5 * i * i / (deviation * deviation)))];
        double sum = kernel.Sum();
        for (int i = 0; i < kernel.Length; i++) kernel[i] /= sum;
        return Columns(Rows(plane, kernel, radius, border), kernel, radius, border);
    }

    private static Plane Rows(Plane plane, double[] kernel, int radius, Func<int, int, int> border)
    {
        var result = new Plane(plane.Width, plane.Height);
        double[] padded = new double[plane.Width + (2 * radius)];
        for (int y = 0; y < plane.Height; y++)
        {
            for (int x = 0; x < padded.Length; x++) padded[x] = plane[border(x - radius, plane.Width), y];
            for (int x = 0; x < plane.Width; x++) result[x, y] = Sum(padded, x, kernel);
        }
        return result;
    }

    private static Plane Columns(Plane plane, double[] kernel, int radius, Func<int, int, int> border)
    {
        var result = new Plane(plane.Width, plane.Height);
        double[] padded = new double[plane.Height + (2 * radius)];
        for (int x = 0; x < plane.Width; x++)
        {
            for (int y = 0; y < padded.Length; y++) padded[y] = plane[x, border(y - radius, plane.Height)];
            for (int y = 0; y < plane.Height; y++) result[x, y] = Sum(padded, y, kernel);
        }
        return result;
    }

    private static float Sum(double[] padded, int start, double[] kernel)
    {
        double sum = 0;
        for (int i = 0; i < kernel.Length; i++) sum += kernel[i] * padded[start + i];
        return (float)sum;
    }
}
