namespace ConvNeXt.Backbone.Imaging.Operations;

/// <summary>
/// Blends of an image with a degenerate copy of itself, as in Pillow 9.4's ImageEnhance: result = dull + factor * (image - dull) in float32, clipped and
/// truncated to 8 bits, where dull is the degenerate copy. Factor 0 gives the copy, 1 the image, above 1 exaggerates.
/// </summary>
internal static class Enhancement
{
    private const int Channels = PixelBuffers.Channels;

    /// <summary>Luma by ITU-R 601-2 in 16-bit fixed point.</summary>
    internal static int Grey(byte red, byte green, byte blue) => (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;

    internal static byte Blend(int dull, int value, float factor) => (byte)Math.Clamp(dull + factor * (value - dull), 0f, 255f);

    /// <summary>Saturation; the degenerate copy is gray. In place.</summary>
    internal static void Color(Span<byte> pixels, double factor)
    {
        float alpha = (float)factor;
        for (int i = 0; i + 2 < pixels.Length; i += Channels)
        {
            int grey = Grey(pixels[i], pixels[i + 1], pixels[i + 2]);
            pixels[i] = Blend(grey, pixels[i], alpha);
            pixels[i + 1] = Blend(grey, pixels[i + 1], alpha);
            pixels[i + 2] = Blend(grey, pixels[i + 2], alpha);
        }
    }

    /// <summary>
    /// Sharpness; the degenerate copy is smoothed: a pixel has weight five, its eight neighbors weight one. The outermost pixels are not smoothed and stay
    /// unchanged.
    /// </summary>
    internal static void Sharpness(ref PixelBuffers image, double factor)
    {
        const int Weight = 13, CentreExtra = 4;
        int stride = image.Width * Channels;
        ReadOnlySpan<byte> source = image.Pixels;
        Span<byte> target = image.Spare;
        source.CopyTo(target);
        float alpha = (float)factor;
        for (int y = 1; y < image.Height - 1; y++)
        {
            var above = source.Slice((y - 1) * stride, stride);
            var row = source.Slice(y * stride, stride);
            var below = source.Slice((y + 1) * stride, stride);
            var result = target.Slice(y * stride, stride);
            for (int i = Channels; i < row.Length - Channels; i++)
            {
                int sum = CentreExtra * row[i]
                    + above[i - Channels] + above[i] + above[i + Channels]
                    + row[i - Channels] + row[i] + row[i + Channels]
                    + below[i - Channels] + below[i] + below[i + Channels];
                result[i] = Blend((2 * sum + Weight) / (2 * Weight), row[i], alpha); // the smoothed value is rounded; halves do not occur
            }
        }
        image.Swap();
    }
}
