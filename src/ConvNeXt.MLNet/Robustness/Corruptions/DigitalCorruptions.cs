using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.MLNet.Robustness.Corruptions;

/// <summary>What processing does to images: contrast, warping, coarse pixels.</summary>
internal static class DigitalCorruptions
{
    /// <summary>Brings each channel nearer to its mean.</summary>
    internal static RgbImage Contrast(RgbImage image, double factor) => FloatImage.From(image).Map(plane =>
    {
        double mean = plane.Values.Average(value => (double)value);
        return plane.Map(value => (float)(((value - mean) * factor) + mean));
    }).ToRgb();

    /// <summary>Moves three points at random, which warps the whole image, and then each pixel by a smooth random field.</summary>
    /// <param name="image">The image.</param>
    /// <param name="strength">What the field is multiplied by, in pixels.</param>
    /// <param name="smoothness">Standard deviation by which the field is blurred, in pixels.</param>
    /// <param name="pointShift">How far each point moves at most, in pixels.</param>
    /// <param name="random">The draws.</param>
    internal static RgbImage Elastic(RgbImage image, double strength, double smoothness, double pointShift, ref CounterRandom random)
    {
        int width = image.Width, height = image.Height;
        Warp warp = Warp.Draw(width, height, pointShift, ref random);
        float[] dx = Field(ref random), dy = Field(ref random);
        return FloatImage.From(image).Map(plane =>
        {
            var affine = new Plane(width, height);
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++) affine[x, y] = warp.Sample(plane, x, y);
            var result = new Plane(width, height);
            for (int y = 0, i = 0; y < height; y++)
                for (int x = 0; x < width; x++, i++) result[x, y] = affine.Sample(Border.Reflect((double)x + dx[i], width), Border.Reflect((double)y + dy[i], height));
            return result;
        }).ToRgb();

        float[] Field(ref CounterRandom draw)
        {
            var field = new Plane(width, height);
            foreach (ref float value in field.Values.AsSpan()) value = (float)draw.NextDouble(-1, 1);
            return GaussianFilter.Apply(field, smoothness, truncate: 3, Border.Reflect).Map(value => (float)(value * strength)).Values;
        }
    }

    /// <summary>Shrinks the image by averaging, and enlarges it again to squares of one color.</summary>
    internal static RgbImage Pixelate(RgbImage image, double scale)
    {
        RgbImage small = BoxResize(image, Math.Max(1, (int)(image.Width * scale)), Math.Max(1, (int)(image.Height * scale)));
        return BoxResize(small, image.Width, image.Height);
    }

    // Pillow's box filter: the mean of the pixels whose centers are within the result's pixel; rounded after the rows and again after the columns.
    private static RgbImage BoxResize(RgbImage image, int width, int height)
    {
        byte[] rows = new byte[width * image.Height * FloatImage.Channels], pixels = new byte[width * height * FloatImage.Channels];
        for (int y = 0; y < image.Height; y++)
            Resize(image.Pixels.AsSpan(y * image.Width * FloatImage.Channels), FloatImage.Channels, image.Width, rows.AsSpan(y * width * FloatImage.Channels), width);
        for (int x = 0; x < width; x++)
            Resize(rows.AsSpan(x * FloatImage.Channels), width * FloatImage.Channels, image.Height, pixels.AsSpan(x * FloatImage.Channels), height);
        return new RgbImage(width, height, pixels);
    }

    private static void Resize(ReadOnlySpan<byte> from, int stride, int length, Span<byte> to, int newLength)
    {
        double scale = (double)length / newLength, support = 0.5 * Math.Max(scale, 1);
        for (int i = 0; i < newLength; i++)
        {
            double center = (i + 0.5) * scale;
            int start = Math.Max(0, (int)(center - support + 0.5)), end = Math.Min(length, (int)(center + support + 0.5));
            for (int channel = 0; channel < FloatImage.Channels; channel++)
            {
                int sum = 0;
                for (int at = start; at < end; at++) sum += from[(at * stride) + channel];
                to[(i * stride) + channel] = (byte)(((2 * sum) + (end - start)) / (2 * (end - start)));
            }
        }
    }
}
