namespace ConvNeXt.Backbone.Training;

/// <summary>
/// Random changes of brightness, contrast and saturation, in random order, each by a factor drawn uniformly from 1 - strength to 1 + strength, as torchvision's ColorJitter
/// does. The official code passes 0.4 and applies it only where there is no RandAugment.
/// </summary>
public sealed record ColorJitter
{
    /// <summary>Largest change of the brightness, from 0 to 1.</summary>
    public double Brightness { get; init; } = 0.4;

    /// <summary>Largest change of the contrast, from 0 to 1.</summary>
    public double Contrast { get; init; } = 0.4;

    /// <summary>Largest change of the saturation, from 0 to 1.</summary>
    public double Saturation { get; init; } = 0.4;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of its range.</exception>
    public void Validate()
    {
        OptionRange.Check(Brightness, 0, 1, nameof(Brightness));
        OptionRange.Check(Contrast, 0, 1, nameof(Contrast));
        OptionRange.Check(Saturation, 0, 1, nameof(Saturation));
    }
}
