using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;
using static System.FormattableString;

namespace ConvNeXt.Backbone.Training.Augmentation;

/// <summary>
/// The crop of torchvision's RandomResizedCrop: a share of the area drawn uniformly, an aspect ratio drawn log-uniformly, and ten attempts to place it; if they
/// fail, the largest centered crop within the ratio limits.
/// </summary>
public sealed record RandomResizedCrop
{
    private const int Attempts = 10;

    /// <summary>Smallest share of the area, in (0, 1]; 0.08 in the official ImageNet recipe.</summary>
    public double MinScale { get; init; } = 0.08;

    /// <summary>Largest share of the area, from <see cref="MinScale"/> to 1.</summary>
    public double MaxScale { get; init; } = 1;

    /// <summary>Smallest ratio of width to height, above 0. For a network whose input is no square, it is relative to the ratio of the input.</summary>
    public double MinRatio { get; init; } = 3.0 / 4.0;

    /// <summary>Largest ratio of width to height, at least <see cref="MinRatio"/> and relative to the same.</summary>
    public double MaxRatio { get; init; } = 4.0 / 3.0;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public void Validate()
    {
        Check.Holds(MinScale is > 0 and <= 1, MinScale, nameof(MinScale), "above 0 and at most 1");
        Check.InRange(MaxScale, MinScale, 1, nameof(MaxScale));
        Check.Holds(MinRatio > 0, MinRatio, nameof(MinRatio), "above 0");
        Check.Holds(MaxRatio >= MinRatio && double.IsFinite(MaxRatio), MaxRatio, nameof(MaxRatio), Invariant($"at least {MinRatio}"));
    }

    /// <summary>Draws the area of an image to crop.</summary>
    /// <param name="width">Width of the image.</param>
    /// <param name="height">Height of the image.</param>
    /// <param name="inputRatio">Width divided by height of the network's input; 1 for a square.</param>
    /// <param name="random">The random numbers.</param>
    internal PixelArea Choose(int width, int height, double inputRatio, ref CounterRandom random)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double area = (double)width * height * random.NextDouble(MinScale, MaxScale);
            double ratio = Math.Exp(random.NextDouble(Math.Log(MinRatio), Math.Log(MaxRatio))) * inputRatio;
            double cropWidth = Math.Round(Math.Sqrt(area * ratio)), cropHeight = Math.Round(Math.Sqrt(area / ratio));
            if (cropWidth >= 1 && cropWidth <= width && cropHeight >= 1 && cropHeight <= height)
            {
                int y = random.NextInt32(height - (int)cropHeight + 1);
                return new PixelArea(random.NextInt32(width - (int)cropWidth + 1), y, (int)cropWidth, (int)cropHeight);
            }
        }
        return LargestCentred(width, height, inputRatio);
    }

    private PixelArea LargestCentred(int width, int height, double inputRatio)
    {
        double smallest = MinRatio * inputRatio, largest = MaxRatio * inputRatio;
        double ratio = (double)width / height;
        int cropWidth = ratio > largest ? Math.Max((int)Math.Round(height * largest), 1) : width;
        int cropHeight = ratio < smallest ? Math.Max((int)Math.Round(width / smallest), 1) : height;
        return new PixelArea((width - cropWidth) / 2, (height - cropHeight) / 2, cropWidth, cropHeight);
    }
}
