using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.Backbone.Training.Augmentation;

/// <summary>
/// Random erasing in the "pixel" mode of timm 0.3.2: a random rectangle of a normalized image is filled with standard normal noise, drawn separately for every
/// pixel and channel. The defaults are those of the official ImageNet recipe.
/// </summary>
public sealed record RandomErasing
{
    private const int Attempts = 10, Channels = 3;

    /// <summary>Probability that an image is erased, from 0 to 1.</summary>
    public double Probability { get; init; } = 0.25;

    /// <summary>Smallest share of the area covered by all rectangles together, above 0.</summary>
    public double MinArea { get; init; } = 0.02;

    /// <summary>Largest share of the area, from <see cref="MinArea"/> to 1.</summary>
    public double MaxArea { get; init; } = 1.0 / 3;

    /// <summary>Smallest ratio of height to width, at least 0.001; the ratio is drawn log-uniformly.</summary>
    public double MinRatio { get; init; } = 0.3;

    /// <summary>Largest ratio of height to width, from <see cref="MinRatio"/> to 1000.</summary>
    public double MaxRatio { get; init; } = 1 / 0.3;

    /// <summary>Number of rectangles per erased image, from 1 to 100.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public void Validate()
    {
        Check.InRange(Probability, 0, 1, nameof(Probability));
        Check.InRange(MinArea, double.Epsilon, 1, nameof(MinArea));
        Check.InRange(MaxArea, MinArea, 1, nameof(MaxArea));
        Check.InRange(MinRatio, 1e-3, 1e3, nameof(MinRatio));
        Check.InRange(MaxRatio, MinRatio, 1e3, nameof(MaxRatio));
        Check.InRange(Count, 1, 100, nameof(Count));
    }

    /// <summary>Height and width of a rectangle from its area in pixels and its ratio of height to width, rounded half to even.</summary>
    internal static (int Height, int Width) SizeOf(double area, double ratio) =>
        ((int)Math.Round(Math.Sqrt(area * ratio)), (int)Math.Round(Math.Sqrt(area / ratio)));

    /// <summary>Randomly decides whether and where to erase an image, and erases it.</summary>
    /// <param name="image">Normalized image, [height, width, 3].</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="random">The random stream of the image.</param>
    internal void Apply(Span<float> image, int height, int width, ref CounterRandom random)
    {
        if (random.NextDouble() >= Probability) return;
        for (int rectangle = 0; rectangle < Count; rectangle++)
            if (Choose(height, width, ref random) is { } area) Fill(image, width, area, ref random);
    }

    /// <summary>Draws a rectangle that is smaller than the image on both sides; null if ten attempts fail.</summary>
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
