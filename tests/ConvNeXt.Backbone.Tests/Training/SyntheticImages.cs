using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Tests.Training;

/// <summary>Pictures of coloured noise whose colour tells the class; easy to learn, made from a seed.</summary>
internal sealed class SyntheticImages(int count, int classCount, int seed = 1) : ILabeledImageSource
{
    /// <summary>Items that cannot be read.</summary>
    public HashSet<int> Broken { get; } = [];

    /// <summary>Called before an item is loaded.</summary>
    public Action<int>? Loading { get; init; }

    public int Count => count;

    public int LabelOf(int index) => index % classCount;

    public string DescribeItem(int index) => $"picture {index}";

    public RgbImage Load(int index)
    {
        Loading?.Invoke(index);
        if (Broken.Contains(index)) throw new UnreadableImageException("it is torn");
        var random = new Random(seed * 1000 + index);
        int width = random.Next(40, 60), height = random.Next(40, 60);
        byte[] pixels = new byte[width * height * 3];
        random.NextBytes(pixels);
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(pixels[i] / 2 + (i % 3 == LabelOf(index) % 3 ? 120 : 0));
        return new RgbImage(width, height, pixels);
    }
}
