using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Backbone.Training.Data;

/// <summary>
/// Mean and standard deviation of each color channel over a set; every image has the same weight, regardless of its size. Sums within an image are integers and
/// images are added in order, so that the result does not depend on the threads.
/// </summary>
internal static class PixelStatistics
{
    /// <summary>
    /// Larger sets are sampled at even intervals: a thousand images give practically the same statistics as a million, and reading all of them takes as long as
    /// an epoch.
    /// </summary>
    internal const int MostImages = 1024;

    /// <summary>One level of 8-bit pixels. Lower limit of the standard deviation, so that a nearly constant channel is not amplified.</summary>
    internal const double LeastDeviation = 1 / 255.0;

    private const int Channels = 3;

    /// <summary>Returns the preprocessing with the mean and standard deviation of a set.</summary>
    /// <exception cref="UnreadableImageException">An image cannot be read and none may be left out, or none can be read.</exception>
    internal static ImagePreprocessing NormalizeBy(
        ImageSet set, ImagePreprocessing preprocessing, int threads, Action checkAlive, ReadErrors? errors = null)
    {
        int read = 0;
        int count = Math.Min(set.Items.Length, MostImages);
        var means = new double[count * Channels];
        var squares = new double[count * Channels];
        using (var loader = new BatchLoader(
            count, batchSize: 1, imageLength: 0, Plan, Add, threads, batchesAhead: 4 * threads, errors: errors))
        {
            for (int image = 0; image < count; image++) read += loader.Take(checkAlive).Plan!.Items.Length;
        }
        if (read == 0) throw new UnreadableImageException("None of the images for the color statistics can be read.");

        var mean = new float[Channels];
        var deviation = new float[Channels];
        for (int channel = 0; channel < Channels; channel++)
        {
            double first = 0, second = 0;
            for (int at = channel; at < means.Length; at += Channels) (first, second) = (first + means[at], second + squares[at]);
            (first, second) = (first / read, second / read);
            mean[channel] = (float)first;
            deviation[channel] = (float)Math.Max(Math.Sqrt(Math.Max(second - first * first, 0)), LeastDeviation);
        }
        return preprocessing with
        {
            Mean = new RgbTriple(mean[0], mean[1], mean[2]),
            StandardDeviation = new RgbTriple(deviation[0], deviation[1], deviation[2]),
        };

        PlannedBatch Plan(int number) => new(0, IsValidation: false, [set.Items[(int)((long)number * set.Items.Length / count)]]) { Step = number };

        void Add(PlannedBatch plan, int item, Span<float> pixels)
        {
            using RgbImage image = set.Load(item);
            AddImage(image, means.AsSpan(plan.Step * Channels, Channels), squares.AsSpan(plan.Step * Channels, Channels));
        }
    }

    private static void AddImage(RgbImage image, Span<double> means, Span<double> squares)
    {
        var sums = (stackalloc long[Channels]);
        var squareSums = (stackalloc long[Channels]);
        int pixels = image.Width * image.Height;
        ReadOnlySpan<byte> values = image.Pixels.AsSpan(0, pixels * Channels);
        for (int at = 0; at < values.Length; at += Channels)
        {
            for (int channel = 0; channel < Channels; channel++)
            {
                int value = values[at + channel];
                sums[channel] += value;
                squareSums[channel] += value * value;
            }
        }
        for (int channel = 0; channel < Channels; channel++)
        {
            means[channel] = sums[channel] / (255.0 * pixels);
            squares[channel] = squareSums[channel] / (255.0 * 255.0 * pixels);
        }
    }
}
