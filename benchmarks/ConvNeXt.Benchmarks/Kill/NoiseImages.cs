using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Benchmarks.Kill;

/// <summary>Generated images of colored noise, the same for the same index; the color shows the class.</summary>
internal sealed class NoiseImages(int count, int classes, int seed) : ILabeledImageSource
{
    private const int Side = 40;

    public int Count => count;

    public int LabelOf(int index) => index % classes;

    public string DescribeItem(int index) => $"image {index}";

    public RgbImage Load(int index)
    {
        var random = new Random((seed * count) + index);
        byte[] pixels = new byte[Side * Side * 3];
        random.NextBytes(pixels);
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)((pixels[i] / 2) + (i % 3 == LabelOf(index) % 3 ? 100 : 0));
        return new RgbImage(Side, Side, pixels);
    }
}
