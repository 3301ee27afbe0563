namespace ConvNeXt.Backbone.Training;

/// <summary>
/// Random erasing in the "pixel" mode of timm 0.3.2: a random rectangle of a normalised image gets standard normal noise, another value for every pixel and channel. The
/// defaults are those of the official recipe for ImageNet.
/// </summary>
public sealed record RandomErasing
{
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
        OptionRange.Check(Probability, 0, 1, nameof(Probability));
        OptionRange.Check(MinArea, double.Epsilon, 1, nameof(MinArea));
        OptionRange.Check(MaxArea, MinArea, 1, nameof(MaxArea));
        OptionRange.Check(MinRatio, 1e-3, 1e3, nameof(MinRatio));
        OptionRange.Check(MaxRatio, MinRatio, 1e3, nameof(MaxRatio));
        OptionRange.Check(Count, 1, 100, nameof(Count));
    }
}
