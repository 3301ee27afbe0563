using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Parity;

/// <summary>Reference tensors of a safetensors file, as the engine takes and gives them.</summary>
internal static class ReferenceFile
{
    /// <summary>Images stored as [n, channel, height, width], turned to [n, height, width, channel].</summary>
    public static (float[] Values, int Count, int Height, int Width) Images(SafetensorsFile file, string name)
    {
        SafetensorsEntry entry = Entry(file, name);
        if (entry.Shape is not [int count, int channels, int height, int width]) throw new InvalidDataException($"'{name}' is not [n, channel, height, width].");
        return ([.. ChannelsLast(file.ReadDoubles(name), count, channels, height, width).Select(value => (float)value)], count, height, width);
    }

    /// <summary>A feature map stored as [n, channel, height, width], turned to [n, height, width, channel].</summary>
    public static double[] Map(SafetensorsFile file, string name)
    {
        SafetensorsEntry entry = Entry(file, name);
        return ChannelsLast(file.ReadDoubles(name), entry.Shape[0], entry.Shape[1], entry.Shape[2], entry.Shape[3]);
    }

    public static bool Has(SafetensorsFile file, string name) => file.Entries.Any(entry => entry.Name == name);

    private static SafetensorsEntry Entry(SafetensorsFile file, string name) =>
        file.Entries.FirstOrDefault(entry => entry.Name == name) ?? throw new InvalidDataException($"There is no tensor '{name}' in the reference file.");

    private static double[] ChannelsLast(double[] values, int count, int channels, int height, int width)
    {
        var result = new double[values.Length];
        int pixels = height * width;
        for (int n = 0; n < count; n++)
            for (int c = 0; c < channels; c++)
                for (int p = 0; p < pixels; p++)
                    result[((n * pixels) + p) * channels + c] = values[((n * channels) + c) * pixels + p];
        return result;
    }
}
