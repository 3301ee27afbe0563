namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>How large an image may be. Headers are believed only as far as this, before any memory is taken.</summary>
internal static class ImageLimits
{
    /// <summary>512 MB of decoded pixels: more than any camera makes, and little enough for one hostile file not to take the machine.</summary>
    public const long MaxPixels = 1L << 27;

    public static void CheckSize(string format, long width, long height)
    {
        if (width <= 0 || height <= 0)
            throw new InvalidDataException($"{format}: the header says {width} x {height} pixels; both sides must be at least 1.");
        // Sides are at most 32 bits wide in every format, so the product of the two cannot overflow.
        if (width > MaxPixels || height > MaxPixels || width * height > MaxPixels)
            throw new InvalidDataException($"{format}: the header says {width} x {height} pixels; at most {MaxPixels} pixels are decoded.");
    }
}
