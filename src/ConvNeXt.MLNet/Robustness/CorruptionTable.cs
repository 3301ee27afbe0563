using System.Collections.Immutable;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.MLNet.Robustness.Corruptions;

namespace ConvNeXt.MLNet.Robustness;

/// <summary>The corruptions with their parameters by severity (make_imagenet_c.py of the original code) and AlexNet's errors.</summary>
internal static class CorruptionTable
{
    private const string Noise = "noise", Blur = "blur", Weather = "weather", Digital = "digital", Others = "extra";

    private static readonly double[] _gaussianNoise = [0.08, 0.12, 0.18, 0.26, 0.38];
    private static readonly double[] _shotNoise = [60, 25, 12, 5, 3];
    private static readonly double[] _impulseNoise = [0.03, 0.06, 0.09, 0.17, 0.27];
    private static readonly (int Radius, double Softness)[] _defocus = [(3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)];
    private static readonly (double Deviation, int Distance, int Rounds)[] _glass = [(0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)];
    private static readonly (int Radius, double Deviation)[] _motion = [(10, 3), (15, 5), (15, 8), (15, 12), (20, 15)];
    private static readonly (double Step, int Zooms)[] _zoom = [(0.01, 12), (0.01, 16), (0.02, 11), (0.02, 13), (0.03, 11)];
    private static readonly SnowParameters[] _snow =
    [
        new(0.1, 0.3, 3, 0.5, 10, 4, 0.8), new(0.2, 0.3, 2, 0.5, 12, 4, 0.7), new(0.55, 0.3, 4, 0.9, 12, 8, 0.7), new(0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
        new(0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
    ];
    private static readonly (double Image, double Frost)[] _frost = [(1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75)];
    private static readonly (double Strength, double Decay)[] _fog = [(1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)];
    private static readonly double[] _brightness = [0.1, 0.2, 0.3, 0.4, 0.5];
    private static readonly double[] _contrast = [0.4, 0.3, 0.2, 0.1, 0.05];

    // Multiples of 244, where 224 was meant.
    private static readonly (double Strength, double Smoothness, double Shift)[] _elastic =
        [(488, 170.8, 24.4), (488, 19.52, 48.8), (12.2, 2.44, 4.88), (17.08, 2.44, 4.88), (29.28, 2.44, 4.88)];
    private static readonly double[] _pixelate = [0.6, 0.5, 0.4, 0.3, 0.25];
    private static readonly int[] _jpeg = [25, 18, 15, 10, 7];
    private static readonly double[] _speckle = [0.15, 0.2, 0.35, 0.45, 0.6];
    private static readonly double[] _gaussianBlur = [1, 2, 3, 4, 6];
    private static readonly SpatterParameters[] _spatter =
    [
        new(0.65, 0.3, 4, 0.69, 0.6, false), new(0.65, 0.3, 3, 0.68, 0.6, false), new(0.65, 0.3, 2, 0.68, 0.5, false), new(0.65, 0.3, 1, 0.65, 1.5, true),
        new(0.67, 0.4, 1, 0.65, 1.5, true),
    ];
    private static readonly (double Factor, double Added)[] _saturate = [(0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)];

    /// <summary>The 15 of the benchmark, in the order of the paper.</summary>
    public static ImmutableArray<ImageCorruption> Standard { get; } =
    [
        new(0, "gaussian_noise", Noise, 0.886428, (RgbImage image, int level, ref CounterRandom random) => NoiseCorruptions.Gaussian(image, _gaussianNoise[level], ref random)),
        new(1, "shot_noise", Noise, 0.894468, (RgbImage image, int level, ref CounterRandom random) => NoiseCorruptions.Shot(image, _shotNoise[level], ref random)),
        new(2, "impulse_noise", Noise, 0.92264, (RgbImage image, int level, ref CounterRandom random) => NoiseCorruptions.Impulse(image, _impulseNoise[level], ref random)),
        new(3, "defocus_blur", Blur, 0.81988, (RgbImage image, int level, ref CounterRandom _) =>
            BlurCorruptions.Defocus(image, _defocus[level].Radius, _defocus[level].Softness)),
        new(4, "glass_blur", Blur, 0.826268, (RgbImage image, int level, ref CounterRandom random) =>
            BlurCorruptions.Glass(image, _glass[level].Deviation, _glass[level].Distance, _glass[level].Rounds, ref random)),
        new(5, "motion_blur", Blur, 0.785948, (RgbImage image, int level, ref CounterRandom random) =>
            BlurCorruptions.Motion(image, _motion[level].Radius, _motion[level].Deviation, ref random)),
        new(6, "zoom_blur", Blur, 0.79836, (RgbImage image, int level, ref CounterRandom _) => BlurCorruptions.Zoom(image, _zoom[level].Step, _zoom[level].Zooms)),
        new(7, "snow", Weather, 0.866816, (RgbImage image, int level, ref CounterRandom random) => WeatherCorruptions.Snow(image, _snow[level], ref random)),
        new(8, "frost", Weather, 0.826572, (RgbImage image, int level, ref CounterRandom random) =>
            WeatherCorruptions.Frost(image, _frost[level].Image, _frost[level].Frost, ref random)),
        new(9, "fog", Weather, 0.819324, (RgbImage image, int level, ref CounterRandom random) =>
            WeatherCorruptions.Fog(image, _fog[level].Strength, _fog[level].Decay, ref random)),
        new(10, "brightness", Weather, 0.564592, (RgbImage image, int level, ref CounterRandom _) => ColorCorruptions.Brightness(image, _brightness[level])),
        new(11, "contrast", Digital, 0.853204, (RgbImage image, int level, ref CounterRandom _) => DigitalCorruptions.Contrast(image, _contrast[level])),
        new(12, "elastic_transform", Digital, 0.646056, (RgbImage image, int level, ref CounterRandom random) =>
            DigitalCorruptions.Elastic(image, _elastic[level].Strength, _elastic[level].Smoothness, _elastic[level].Shift, ref random)),
        new(13, "pixelate", Digital, 0.71784, (RgbImage image, int level, ref CounterRandom _) => DigitalCorruptions.Pixelate(image, _pixelate[level])),
        new(14, "jpeg_compression", Digital, 0.6065, (RgbImage image, int level, ref CounterRandom _) => JpegCompression.Apply(image, _jpeg[level])),
    ];

    /// <summary>The four that were held out.</summary>
    public static ImmutableArray<ImageCorruption> Extra { get; } =
    [
        new(15, "speckle_noise", Others, null, (RgbImage image, int level, ref CounterRandom random) => NoiseCorruptions.Speckle(image, _speckle[level], ref random)),
        new(16, "gaussian_blur", Others, null, (RgbImage image, int level, ref CounterRandom _) => BlurCorruptions.Gaussian(image, _gaussianBlur[level])),
        new(17, "spatter", Others, null, (RgbImage image, int level, ref CounterRandom random) => SpatterCorruption.Apply(image, _spatter[level], ref random)),
        new(18, "saturate", Others, null, (RgbImage image, int level, ref CounterRandom _) =>
            ColorCorruptions.Saturate(image, _saturate[level].Factor, _saturate[level].Added)),
    ];
}
