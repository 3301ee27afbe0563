using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.Backbone.Training.Augmentation;

/// <summary>
/// Random changes of brightness, contrast and saturation, in random order, each by a factor drawn uniformly from 1 - strength to 1 + strength, as in
/// torchvision's ColorJitter. The official code passes 0.4 and applies it only without RandAugment.
/// </summary>
public sealed record ColorJitter
{
    /// <summary>Largest change of brightness, from 0 to 1.</summary>
    public double Brightness { get; init; } = 0.4;

    /// <summary>Largest change of contrast, from 0 to 1.</summary>
    public double Contrast { get; init; } = 0.4;

    /// <summary>Largest change of saturation, from 0 to 1.</summary>
    public double Saturation { get; init; } = 0.4;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public void Validate()
    {
        Check.InRange(Brightness, 0, 1, nameof(Brightness));
        Check.InRange(Contrast, 0, 1, nameof(Contrast));
        Check.InRange(Saturation, 0, 1, nameof(Saturation));
    }

    /// <summary>Draws the order and the factors for an image and applies them.</summary>
    internal void Apply(ImageOperations operations, ref PixelBuffers image, ref CounterRandom random)
    {
        Span<(ImageOperation Operation, double Strength)> changes =
            [(ImageOperation.Brightness, Brightness), (ImageOperation.Contrast, Contrast), (ImageOperation.Color, Saturation)];
        for (int left = changes.Length; left > 0; left--)
        {
            int chosen = random.NextInt32(left);
            var (operation, strength) = changes[chosen];
            changes[chosen] = changes[left - 1];
            double factor = random.NextDouble(1 - strength, 1 + strength);
            if (strength > 0) operations.Apply(operation, factor, ref image);
        }
    }
}
