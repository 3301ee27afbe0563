using static System.FormattableString;

namespace ConvNeXt.MLNet.DataSets;

/// <summary>Pictures that hardly show anything, are very small or very long, or are far from all others by their features.</summary>
internal static class OddImages
{
    private const int LeastSide = 32, LeastImages = 20;
    private const double LargestAspect = 4, LeastDeviation = 3, Deviations = 4;

    // From the median absolute deviation to the standard deviation of a normal distribution.
    private const double NormalScale = 1.4826;

    /// <summary>Finds the odd pictures, in the order of the images.</summary>
    public static IReadOnlyList<OddImage> Find(ScannedImage[] images, (int Other, float Cosine)[][] neighbors)
    {
        double[] distances = [.. neighbors.Select(others => others.Length == 0 ? 0 : 1 - others.Average(other => (double)other.Cosine))];
        double limit = FindLimit(distances);
        return
        [
            .. Enumerable.Range(0, images.Length).Select(i => (Image: images[i], Reason: FindReason(images[i], distances[i], limit)))
                .Where(odd => odd.Reason is not null).Select(odd => new OddImage(ImageDataCheck.Describe(odd.Image), odd.Reason!)),
        ];
    }

    private static string? FindReason(ScannedImage image, double distance, double limit)
    {
        int shorter = Math.Min(image.Width, image.Height), longer = Math.Max(image.Width, image.Height);
        if (Deviation(image.Thumbnail) < LeastDeviation) return "it is of nearly one color";
        if (shorter < LeastSide) return Invariant($"it is very small ({image.Width} x {image.Height} pixels)");
        if (longer > LargestAspect * shorter) return Invariant($"it is very long ({image.Width} x {image.Height} pixels), and only its center is seen");
        return distance > limit ? "it looks unlike all others" : null;
    }

    private static double FindLimit(double[] distances)
    {
        if (distances.Length < LeastImages) return double.PositiveInfinity;
        double median = Median(distances);
        return median + (Deviations * NormalScale * Median([.. distances.Select(distance => Math.Abs(distance - median))]));
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private static double Deviation(byte[] gray)
    {
        double mean = gray.Average(value => (double)value);
        return Math.Sqrt(gray.Average(value => (value - mean) * (value - mean)));
    }
}
