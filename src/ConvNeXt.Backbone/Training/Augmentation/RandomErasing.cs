using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;
namespace ConvNeXt.Backbone.Training.Augmentation;

/// <summary>
/// Random erasing in the "pixel" mode of timm 0.3.2: a random rectangle of a normalised image gets standard normal noise, another value for every pixel and
/// channel. The defaults are those of the official recipe for ImageNet.
/// </summary>
public sealed record RandomErasing
{
    private const int Attempts = 10, Channels = 3;

    /// <summary>Probability that an image is erased, from 0 to 1.</summary>
    public double Probability { get; init; } = 0.25;

    /// <summary>Smallest share of the area that all rectangles have together, above 0.</summary>
    public double MinArea { get; init; } = 0.02;

    /// <summary>Largest share of the area, from <see cref="MinArea"/> to 1.</summary>
    public double MaxArea { get; init; } = 1.0 / 3;

    /// <summary>Smallest ratio of height to width, above 0; the ratio is drawn log-uniformly.</summary>
    public double MinRatio { get; init; } = 0.3;

    /// <summary>Largest ratio of height to width, at least <see cref="MinRatio"/>.</summary>
    public double MaxRatio { get; init; } = 1 / 0.3;

    /// <summary>Rectangles of an image that is erased, from 1 to 100.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of its range.</exception>
    public void Validate()
    {
        Check.InRange(Probability, 0, 1, nameof(Probability));
        Check.InRange(MinArea, double.Epsilon, 1, nameof(MinArea));
        Check.InRange(MaxArea, MinArea, 1, nameof(MaxArea));
        Check.InRange(MinRatio, 1e-3, 1e3, nameof(MinRatio));
        Check.InRange(MaxRatio, MinRatio, 1e3, nameof(MaxRatio));
        Check.InRange(Count, 1, 100, nameof(Count));
    }

    /// <summary>The rectangle's size: height and width from an area in pixels and a ratio of height to width, rounded to even.</summary>
    internal static (int Height, int Width) SizeOf(double area, double ratio) =>
        ((int)Math.Round(Math.Sqrt(area * ratio)), (int)Math.Round(Math.Sqrt(area / ratio)));

    /// <summary>Draws whether and where an image is erased, and erases it.</summary>
    /// <param name="image">Normalised, [height, width, 3].</param>
    /// <param name="height">In pixels.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="random">The image's stream.</param>
    internal void Apply(Span<float> image, int height, int width, ref CounterRandom random)
    {
        if (random.NextDouble() >= Probability) return;
        for (int rectangle = 0; rectangle < Count; rectangle++)
            if (Choose(height, width, ref random) is { } area) Fill(image, width, area, ref random);
    }

    /// <summary>A rectangle that is smaller than the image on both sides, or null where ten draws give none.</summary>
    internal PixelArea? Choose(int height, int width, ref CounterRandom random)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double area = random.NextDouble(MinArea, MaxArea) * height * width / Count;
            double ratio = Math.Exp(random.NextDouble(Math.Log(MinRatio), Math.Log(MaxRatio)));
            var (erasedHeight, erasedWidth) = SizeOf(area, ratio);
            if (erasedHeight >= height || erasedWidth >= width) continue;
            int y = random.NextInt32(height - erasedHeight + 1);
            return new PixelArea(random.NextInt32(width - erasedWidth + 1), y, erasedWidth, erasedHeight);
        }
        return null;
    }

    private static void Fill(Span<float> image, int width, PixelArea area, ref CounterRandom random)
    {
        for (int y = area.Y; y < area.Y + area.Height; y++)
            random.FillGaussian(image.Slice((y * width + area.X) * Channels, area.Width * Channels));
    }
}
