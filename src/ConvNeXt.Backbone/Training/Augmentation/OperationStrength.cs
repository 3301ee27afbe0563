namespace ConvNeXt.Backbone.Training.Augmentation;

/// <summary>Converts a magnitude from 0 to 10 to the argument of each operation, by the tables of timm 0.3.2.</summary>
internal static class OperationStrength
{
    private const double LargestAngle = 30, LargestShear = 0.3, LargestShift = 0.45, LargestEnhancement = 0.9;
    private const int LargestAddend = 110, PosterizeBits = 4, Levels = 256;

    /// <summary>Whether the argument has a random sign.</summary>
    internal static bool HasSign(ImageOperation operation, bool increasing) => operation switch
    {
        ImageOperation.Rotate or ImageOperation.ShearX or ImageOperation.ShearY or ImageOperation.TranslateX or ImageOperation.TranslateY => true,
        _ => increasing && IsEnhancement(operation),
    };

    /// <summary>
    /// The operation's argument: degrees, a shear, a shift as a share of the side, a factor, or an integer (bits to keep, a threshold or an addend).
    /// </summary>
    /// <param name="operation">The operation.</param>
    /// <param name="magnitude">From 0 to 10.</param>
    /// <param name="sign">1 or -1; used if <see cref="HasSign"/> is true.</param>
    /// <param name="increasing">As in <see cref="RandAugment.Increasing"/>.</param>
    internal static double ArgumentOf(ImageOperation operation, double magnitude, int sign, bool increasing)
    {
        double share = magnitude / RandAugment.LargestMagnitude;
        return operation switch
        {
            ImageOperation.Rotate => sign * (share * LargestAngle),
            ImageOperation.ShearX or ImageOperation.ShearY => sign * (share * LargestShear),
            ImageOperation.TranslateX or ImageOperation.TranslateY => sign * (share * LargestShift),
            ImageOperation.Posterize => increasing ? PosterizeBits - (int)(share * PosterizeBits) : (int)(share * PosterizeBits),
            ImageOperation.Solarize => increasing ? Levels - (int)(share * Levels) : (int)(share * Levels),
            ImageOperation.SolarizeAdd => (int)(share * LargestAddend),
            _ when IsEnhancement(operation) => increasing ? 1 + sign * (share * LargestEnhancement) : share * (2 * LargestEnhancement) + 0.1,
            _ => 0,
        };
    }

    private static bool IsEnhancement(ImageOperation operation) =>
        operation is ImageOperation.Color or ImageOperation.Contrast or ImageOperation.Brightness or ImageOperation.Sharpness;
}
