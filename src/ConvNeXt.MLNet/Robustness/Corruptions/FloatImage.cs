using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.MLNet.Robustness.Corruptions;

/// <summary>An image as three planes with values in [0, 1].</summary>
internal sealed class FloatImage(Plane red, Plane green, Plane blue)
{
    internal const int Channels = 3;

    internal Plane[] Planes { get; } = [red, green, blue];

    internal int Width => Planes[0].Width;

    internal int Height => Planes[0].Height;

    internal static FloatImage From(RgbImage image)
    {
        Plane[] planes = [.. Enumerable.Range(0, Channels).Select(_ => new Plane(image.Width, image.Height))];
        for (int i = 0; i < image.Width * image.Height; i++)
            for (int channel = 0; channel < Channels; channel++) planes[channel].Values[i] = image.Pixels[(i * Channels) + channel] / 255f;
        return new FloatImage(planes[0], planes[1], planes[2]);
    }

    /// <summary>Clips to [0, 1] and truncates to 8 bits, as the original code does when it stores its arrays as bytes.</summary>
    internal RgbImage ToRgb()
    {
        byte[] pixels = new byte[Width * Height * Channels];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(Math.Clamp(Planes[i % Channels].Values[i / Channels], 0f, 1f) * 255f);
        return new RgbImage(Width, Height, pixels);
    }

    /// <summary>Changes each plane.</summary>
    internal FloatImage Map(Func<Plane, Plane> change) => new(change(Planes[0]), change(Planes[1]), change(Planes[2]));

    /// <summary>The brightness of each pixel: 0.299 R + 0.587 G + 0.114 B.</summary>
    internal Plane ToGray()
    {
        var gray = new Plane(Width, Height);
        for (int i = 0; i < gray.Values.Length; i++)
            gray.Values[i] = (0.299f * Planes[0].Values[i]) + (0.587f * Planes[1].Values[i]) + (0.114f * Planes[2].Values[i]);
        return gray;
    }
}
