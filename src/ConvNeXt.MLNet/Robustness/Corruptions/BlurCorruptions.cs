using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.MLNet.Robustness.Corruptions;

/// <summary>Blur of lenses, of panes and of motion.</summary>
internal static class BlurCorruptions
{
    private const int SmallGrid = 8;

    internal static RgbImage Gaussian(RgbImage image, double deviation) => FloatImage.From(image).Map(plane => GaussianFilter.Apply(plane, deviation)).ToRgb();

    /// <summary>A lens out of focus: each point becomes a disk.</summary>
    /// <param name="image">The image.</param>
    /// <param name="radius">Of the disk, in pixels.</param>
    /// <param name="softness">Standard deviation by which the edge of the disk is softened.</param>
    internal static RgbImage Defocus(RgbImage image, int radius, double softness)
    {
        float[,] disk = Disk(radius, softness);
        return FloatImage.From(image).Map(plane => plane.Filter(disk)).ToRgb();
    }

    /// <summary>Frosted glass: blurred, then pixels are exchanged with near ones, then blurred again.</summary>
    internal static RgbImage Glass(RgbImage image, double deviation, int distance, int rounds, ref CounterRandom random)
    {
        RgbImage blurred = Gaussian(image, deviation);
        byte[] pixels = blurred.Pixels;
        for (int round = 0; round < rounds; round++)
        {
            for (int y = image.Height - distance; y > distance; y--)
            {
                for (int x = image.Width - distance; x > distance; x--)
                {
                    int dx = random.NextInt32(2 * distance) - distance, dy = random.NextInt32(2 * distance) - distance;
                    int here = ((y * image.Width) + x) * FloatImage.Channels, there = (((y + dy) * image.Width) + x + dx) * FloatImage.Channels;

                    // The original means to exchange two pixels, but its array views make both the second one; the benchmark is defined by that.
                    pixels.AsSpan(there, FloatImage.Channels).CopyTo(pixels.AsSpan(here));
                }
            }
        }
        return Gaussian(blurred, deviation);
    }

    internal static RgbImage Motion(RgbImage image, int radius, double deviation, ref CounterRandom random)
    {
        double degrees = random.NextDouble(-45, 45);
        return FloatImage.From(image).Map(plane => MotionFilter.Apply(plane, radius, deviation, degrees)).ToRgb();
    }

    /// <summary>The mean of the image and of zooms into its center.</summary>
    /// <param name="image">The image.</param>
    /// <param name="step">By how much the zoom grows, beginning with 1.</param>
    /// <param name="zooms">Number of zooms; the first one is the image itself, so it counts twice.</param>
    internal static RgbImage Zoom(RgbImage image, double step, int zooms) => FloatImage.From(image).Map(plane =>
    {
        Plane sum = plane.Map(value => value);
        for (int i = 0; i < zooms; i++)
        {
            float[] zoomed = plane.Zoom(1 + (i * step)).Values;
            for (int at = 0; at < zoomed.Length; at++) sum.Values[at] += zoomed[at];
        }
        return sum.Map(value => value / (zooms + 1));
    }).ToRgb();

    private static float[,] Disk(int radius, double softness)
    {
        int reach = radius <= SmallGrid ? SmallGrid : radius;
        var disk = new Plane((2 * reach) + 1, (2 * reach) + 1);
        for (int y = -reach; y <= reach; y++)
            for (int x = -reach; x <= reach; x++) disk[x + reach, y + reach] = (x * x) + (y * y) <= radius * radius ? 1 : 0;
        float area = disk.Values.Sum();
        int softReach = radius <= SmallGrid ? 1 : 2;
        Plane soft = GaussianFilter.Apply(disk.Map(value => value / area), softness, softReach / softness, Border.Mirror);
        float[,] kernel = new float[soft.Height, soft.Width];
        for (int y = 0; y < soft.Height; y++)
            for (int x = 0; x < soft.Width; x++) kernel[y, x] = soft[x, y];
        return kernel;
    }
}
