using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.MLNet.Robustness.Corruptions;

/// <summary>Brightness and saturation, in the color space hue, saturation, value.</summary>
internal static class ColorCorruptions
{
    internal static RgbImage Brightness(RgbImage image, double added) =>
        Change(image, (hue, saturation, value) => (hue, saturation, Math.Clamp(value + added, 0, 1)));

    internal static RgbImage Saturate(RgbImage image, double factor, double added) =>
        Change(image, (hue, saturation, value) => (hue, Math.Clamp((saturation * factor) + added, 0, 1), value));

    private static RgbImage Change(RgbImage image, Func<double, double, double, (double Hue, double Saturation, double Value)> change)
    {
        byte[] pixels = new byte[image.Width * image.Height * FloatImage.Channels];
        for (int i = 0; i < pixels.Length; i += FloatImage.Channels)
        {
            var (hue, saturation, value) = ToHsv(image.Pixels[i] / 255.0, image.Pixels[i + 1] / 255.0, image.Pixels[i + 2] / 255.0);
            (hue, saturation, value) = change(hue, saturation, value);
            var (red, green, blue) = ToRgb(hue, saturation, value);
            (pixels[i], pixels[i + 1], pixels[i + 2]) = (ToByte(red), ToByte(green), ToByte(blue));
        }
        return new RgbImage(image.Width, image.Height, pixels);

        // 1e-9: a value that went to another color space and back is not to lose a step by rounding.
        static byte ToByte(double value) => (byte)((Math.Clamp(value, 0, 1) * 255) + 1e-9);
    }

    /// <summary>Hue in sixths of the circle, from 0 to 6.</summary>
    private static (double Hue, double Saturation, double Value) ToHsv(double red, double green, double blue)
    {
        double value = Math.Max(red, Math.Max(green, blue)), range = value - Math.Min(red, Math.Min(green, blue));
        if (range == 0) return (0, 0, value);
        double hue = value == blue ? 4 + ((red - green) / range) : value == green ? 2 + ((blue - red) / range) : (green - blue) / range;
        return (hue < 0 ? hue + 6 : hue, range / value, value);
    }

    private static (double Red, double Green, double Blue) ToRgb(double hue, double saturation, double value)
    {
        int sector = (int)hue;
        double part = hue - sector;
        double low = value * (1 - saturation), falling = value * (1 - (part * saturation)), rising = value * (1 - ((1 - part) * saturation));
        return (sector % 6) switch
        {
            0 => (value, rising, low),
            1 => (falling, value, low),
            2 => (low, value, rising),
            3 => (low, falling, value),
            4 => (rising, low, value),
            _ => (value, low, falling),
        };
    }
}
