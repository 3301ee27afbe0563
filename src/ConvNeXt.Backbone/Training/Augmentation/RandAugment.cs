using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.Backbone.Training.Augmentation;

/// <summary>
/// RandAugment: operations drawn with replacement from a list of fifteen, each applied half of the time with a random magnitude, by the rules of timm 0.3.2.
/// The defaults are the official recipe's "rand-m9-mstd0.5-inc1". Results are bit-identical to those of Pillow.
/// </summary>
public sealed record RandAugment
{
    /// <summary>The largest magnitude, at which operations are strongest.</summary>
    public const double LargestMagnitude = 10;

    /// <summary>Mean magnitude, from 0 to 10.</summary>
    public double Magnitude { get; init; } = 9;

    /// <summary>
    /// Standard deviation of the magnitude, at least 0. For each operation, the magnitude is drawn from a normal distribution and clipped to 0 to 10.
    /// </summary>
    public double MagnitudeDeviation { get; init; } = 0.5;

    /// <summary>Number of operations drawn for an image, from 1 to 100.</summary>
    public int Operations { get; init; } = 2;

    /// <summary>Probability that a drawn operation is applied, from 0 to 1; officially 0.5.</summary>
    public double OperationProbability { get; init; } = 0.5;

    /// <summary>
    /// Whether every operation becomes stronger with the magnitude (timm's "inc1"). False: posterize and solarize become weaker, and color, contrast,
    /// brightness and sharpness use a factor from 0.1 to 1.9.
    /// </summary>
    public bool Increasing { get; init; } = true;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public void Validate()
    {
        Check.InRange(Magnitude, 0, LargestMagnitude, nameof(Magnitude));
        Check.InRange(MagnitudeDeviation, 0, double.PositiveInfinity, nameof(MagnitudeDeviation));
        Check.InRange(Operations, 1, 100, nameof(Operations));
        Check.InRange(OperationProbability, 0, 1, nameof(OperationProbability));
    }

    /// <summary>Draws operations for an image and applies them.</summary>
    internal void Apply(ImageOperations operations, ref PixelBuffers image, ref CounterRandom random)
    {
        const int Choices = (int)ImageOperation.TranslateY + 1;
        Span<ImageOperation> drawn = stackalloc ImageOperation[Operations];
        foreach (ref var operation in drawn) operation = (ImageOperation)random.NextInt32(Choices);
        foreach (var operation in drawn)
        {
            if (random.NextDouble() >= OperationProbability) continue;
            double magnitude = MagnitudeDeviation > 0 ? Magnitude + MagnitudeDeviation * random.NextGaussian() : Magnitude;
            magnitude = Math.Clamp(magnitude, 0, LargestMagnitude);
            int sign = OperationStrength.HasSign(operation, Increasing) && random.NextDouble() >= 0.5 ? -1 : 1;
            operations.Apply(operation, OperationStrength.ArgumentOf(operation, magnitude, sign, Increasing), ref image);
        }
    }
}
