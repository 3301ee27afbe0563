using ConvNeXt.MLNet.Images.Formats;

namespace ConvNeXt.MLNet.Images;

/// <summary>Takes transparency out of pixels of R, G, B and alpha (or B, G, R and alpha, where the background is turned accordingly), in place.</summary>
internal static class Transparency
{
    private const int Opaque = 255;

    /// <summary>Decoded pixels, whose colors are not multiplied by alpha unless the background is black.</summary>
    public static void Apply(Span<byte> rgba, ImageDecodingOptions options, ReadOnlySpan<byte> encoded)
    {
        if (options.IsPremultiplied) return;
        if (options.Background is { } background) Blend(rgba, background);
        else if (GifFirstFrame.TryFind(encoded, out GifFirstFrame frame) && frame.TransparentColor is { } hidden)
            Blend(rgba, hidden); // the decoder gives no color for these pixels
    }

    /// <summary>Pixels of an MLImage, which ML.NET's decoder multiplies by alpha.</summary>
    public static void ApplyToPremultiplied(Span<byte> rgba, ImageDecodingOptions options)
    {
        if (options.IsPremultiplied) return; // what they are already
        if (!IsPremultiplied(rgba, out bool opaque))
        {
            if (options.Background is { } straight) Blend(rgba, straight);
        }
        else if (!opaque)
        {
            Divide(rgba);
            if (options.Background is { } background) Blend(rgba, background);
        }
    }

    private static void Blend(Span<byte> rgba, RgbColor background)
    {
        for (int i = 0; i < rgba.Length; i += 4)
        {
            int alpha = rgba[i + 3];
            if (alpha == Opaque) continue;
            rgba[i] = Mix(rgba[i], background.Red, alpha);
            rgba[i + 1] = Mix(rgba[i + 1], background.Green, alpha);
            rgba[i + 2] = Mix(rgba[i + 2], background.Blue, alpha);
        }
    }

    private static byte Mix(int color, int background, int alpha) => (byte)((color * alpha + background * (Opaque - alpha) + Opaque / 2) / Opaque);

    /// <summary>A color above its alpha value cannot be the product of both.</summary>
    private static bool IsPremultiplied(ReadOnlySpan<byte> rgba, out bool opaque)
    {
        opaque = true;
        for (int i = 0; i < rgba.Length; i += 4)
        {
            int alpha = rgba[i + 3];
            if (alpha == Opaque) continue;
            opaque = false;
            if (rgba[i] > alpha || rgba[i + 1] > alpha || rgba[i + 2] > alpha) return false;
        }
        return true;
    }

    private static void Divide(Span<byte> rgba)
    {
        for (int i = 0; i < rgba.Length; i += 4)
        {
            int alpha = rgba[i + 3];
            if (alpha is Opaque or 0) continue;
            for (int channel = i; channel < i + 3; channel++) rgba[channel] = (byte)Math.Min(Opaque, (rgba[channel] * Opaque + alpha / 2) / alpha);
        }
    }
}
