using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.MLNet.Robustness.Corruptions;

/// <summary>Noise of cameras: each value is changed by itself.</summary>
internal static class NoiseCorruptions
{
    /// <summary>Adds normal noise.</summary>
    internal static RgbImage Gaussian(RgbImage image, double deviation, ref CounterRandom random) =>
        Change(image, ref random, (float value, ref CounterRandom draw) => value + (deviation * draw.NextGaussian()));

    /// <summary>Adds normal noise in proportion to the value.</summary>
    internal static RgbImage Speckle(RgbImage image, double deviation, ref CounterRandom random) =>
        Change(image, ref random, (float value, ref CounterRandom draw) => value + (value * deviation * draw.NextGaussian()));

    /// <summary>Counts photons: Poisson noise.</summary>
    /// <param name="image">The image.</param>
    /// <param name="photons">Expected number for a value of 1.</param>
    /// <param name="random">The draws.</param>
    internal static RgbImage Shot(RgbImage image, double photons, ref CounterRandom random) =>
        Change(image, ref random, (float value, ref CounterRandom draw) => Poisson(value * photons, ref draw) / photons);

    /// <summary>Sets a share of the values to 0 or 1, half and half.</summary>
    internal static RgbImage Impulse(RgbImage image, double share, ref CounterRandom random) => Change(image, ref random, (float value, ref CounterRandom draw) =>
    {
        double drawn = draw.NextDouble();
        if (drawn >= share) return value;
        return drawn < share / 2 ? 0 : 1;
    });

    private static RgbImage Change(RgbImage image, ref CounterRandom random, ValueChange change)
    {
        byte[] pixels = new byte[image.Width * image.Height * FloatImage.Channels];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(Math.Clamp(change(image.Pixels[i] / 255f, ref random), 0, 1) * 255);
        return new RgbImage(image.Width, image.Height, pixels);
    }

    // Knuth's method; the expected numbers are at most 60, where exp(-60) is far from underflow.
    private static int Poisson(double expected, ref CounterRandom random)
    {
        double limit = Math.Exp(-expected), product = random.NextDouble();
        int count = 0;
        for (; product > limit; count++) product *= random.NextDouble();
        return count;
    }

    private delegate double ValueChange(float value, ref CounterRandom random);
}
