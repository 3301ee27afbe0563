using System.Collections.Immutable;
using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.MLNet.Robustness;

/// <summary>
/// A corruption of ImageNet-C (Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", 2019) at five
/// severities, with the published parameters, for 8-bit images. The strengths are made for images of 224 x 224 pixels.
/// </summary>
/// <remarks>
/// The steps are those of the original code, including its slips where they define the benchmark; its random numbers are not. Frost adds generated ice instead
/// of the original's photos. docs/robustness.md lists what differs.
/// </remarks>
public sealed class ImageCorruption
{
    /// <summary>The highest severity.</summary>
    public const int HighestSeverity = 5;

    private readonly int _number;
    private readonly CorruptionFunction _function;

    internal ImageCorruption(int number, string name, string group, double? alexNetError, CorruptionFunction function) =>
        (_number, Name, Group, AlexNetError, _function) = (number, name, group, alexNetError, function);

    /// <summary>The 15 corruptions of which the mean corruption error is the mean.</summary>
    public static ImmutableArray<ImageCorruption> Standard => CorruptionTable.Standard;

    /// <summary>The four that were held out, for choices that must not be made by the others.</summary>
    public static ImmutableArray<ImageCorruption> Extra => CorruptionTable.Extra;

    /// <summary>The name in ImageNet-C, such as <c>gaussian_noise</c>.</summary>
    public string Name { get; }

    /// <summary><c>noise</c>, <c>blur</c>, <c>weather</c>, <c>digital</c> or <c>extra</c>.</summary>
    public string Group { get; }

    /// <summary>The mean top-1 error of AlexNet on ImageNet over the five severities, from 0 to 1; null for those of <see cref="Extra"/>.</summary>
    public double? AlexNetError { get; }

    /// <summary>Finds a corruption of either list.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is none of that name; the message lists the names.</exception>
    public static ImageCorruption Get(string name) => Standard.Concat(Extra).FirstOrDefault(corruption => corruption.Name == name)
        ?? throw new ArgumentException($"There is no corruption '{name}'; there are {string.Join(", ", Standard.Concat(Extra).Select(known => known.Name))}.", nameof(name));

    /// <summary>Returns a corrupted copy. The same image, severity and seed give the same pixels. Safe to call from several threads at once.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <param name="severity">From 1 to <see cref="HighestSeverity"/>.</param>
    /// <param name="seed">Of what is drawn at random; another one for each image.</param>
    /// <returns>An image of the same size.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The severity is out of range.</exception>
    /// <exception cref="InvalidOperationException">SkiaSharp cannot be used, for <c>jpeg_compression</c>.</exception>
    public RgbImage Apply(RgbImage image, int severity, long seed)
    {
        ArgumentNullException.ThrowIfNull(image);
        Check.InRange(severity, 1, HighestSeverity, nameof(severity));
        var random = new CounterRandom(seed, RandomPurpose.Corruption, _number, severity);
        return _function(image, severity - 1, ref random);
    }

    /// <summary>Returns the name.</summary>
    public override string ToString() => Name;
}

/// <summary>Corrupts an image.</summary>
/// <param name="image">The image.</param>
/// <param name="severity">From 0 to 4.</param>
/// <param name="random">The draws.</param>
internal delegate RgbImage CorruptionFunction(RgbImage image, int severity, ref CounterRandom random);
