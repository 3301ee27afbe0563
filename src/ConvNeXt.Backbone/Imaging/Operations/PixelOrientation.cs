namespace ConvNeXt.Backbone.Imaging.Operations;

/// <summary>
/// The eight orientations of a square image: any combination of mirrored, upside down and transposed. In place; pixels are interleaved RGB, [size, size, 3].
/// </summary>
internal static class PixelOrientation
{
    /// <summary>Number of orientations.</summary>
    internal const int Count = 8;

    private const int Channels = 3, Mirrored = 1, UpsideDown = 2, Transposed = 4;

    /// <summary>Changes the orientation of an image.</summary>
    /// <param name="pixels">The image.</param>
    /// <param name="size">Its width and height.</param>
    /// <param name="orientation">0 changes nothing; the three bits are mirrored, upside down and transposed, applied in this order.</param>
    internal static void Apply(Span<byte> pixels, int size, int orientation)
    {
        if ((orientation & Mirrored) != 0) PixelMirror.Apply(pixels, size);
        if ((orientation & UpsideDown) != 0) TurnUpsideDown(pixels, size * Channels);
        if ((orientation & Transposed) != 0) Transpose(pixels, size);
    }

    private static void TurnUpsideDown(Span<byte> pixels, int rowLength)
    {
        for (int top = 0, bottom = pixels.Length - rowLength; top < bottom; top += rowLength, bottom -= rowLength)
            for (int x = 0; x < rowLength; x++) (pixels[top + x], pixels[bottom + x]) = (pixels[bottom + x], pixels[top + x]);
    }

    private static void Transpose(Span<byte> pixels, int size)
    {
        for (int y = 1; y < size; y++)
        {
            for (int x = 0; x < y; x++)
            {
                int one = (y * size + x) * Channels, other = (x * size + y) * Channels;
                for (int channel = 0; channel < Channels; channel++)
                    (pixels[one + channel], pixels[other + channel]) = (pixels[other + channel], pixels[one + channel]);
            }
        }
    }
}
