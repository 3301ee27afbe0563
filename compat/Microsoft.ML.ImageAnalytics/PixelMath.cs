namespace Microsoft.ML.Transforms.Image;

/// <summary>Arithmetic on bytes that stand for 0 to 1.</summary>
internal static class PixelMath
{
    /// <summary>a * b / 255, rounded to nearest, without a division.</summary>
    public static byte MultiplyDivide255(int a, int b)
    {
        int product = a * b + 128;
        return (byte)((product + (product >> 8)) >> 8);
    }

    /// <summary>Multiplies the first three bytes of every pixel by the fourth, its alpha.</summary>
    public static void MultiplyAlphaIn(Span<byte> pixels)
    {
        for (int i = 0; i < pixels.Length; i += 4)
        {
            int alpha = pixels[i + 3];
            if (alpha == 255) continue;
            for (int channel = i; channel < i + 3; channel++) pixels[channel] = MultiplyDivide255(pixels[channel], alpha);
        }
    }

    public static void SwapRedAndBlue(Span<byte> pixels)
    {
        for (int i = 0; i < pixels.Length; i += 4) (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
    }

    /// <summary>A colour byte before alpha was multiplied in, as well as that can be known.</summary>
    public static byte DivideAlphaOut(int value, int alpha) => alpha switch
    {
        255 => (byte)value,
        0 => 0,
        _ => (byte)Math.Min(255, (value * 255 + alpha / 2) / alpha),
    };
}
