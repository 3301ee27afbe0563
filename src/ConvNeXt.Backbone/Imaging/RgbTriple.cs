namespace ConvNeXt.Backbone.Imaging;

/// <summary>One number for each colour channel, in units where a full channel is 1.</summary>
/// <param name="Red">Of the red channel.</param>
/// <param name="Green">Of the green channel.</param>
/// <param name="Blue">Of the blue channel.</param>
public readonly record struct RgbTriple(float Red, float Green, float Blue)
{
    /// <summary>Mean of ImageNet's pixels, with which the official models were trained.</summary>
    public static RgbTriple ImageNetMean { get; } = new(0.485f, 0.456f, 0.406f);

    /// <summary>Standard deviation of ImageNet's pixels, with which the official models were trained.</summary>
    public static RgbTriple ImageNetStandardDeviation { get; } = new(0.229f, 0.224f, 0.225f);
}
