using ConvNeXt.Backbone.Training.Data;
namespace ConvNeXt.Backbone.Training.Augmentation;

/// <summary>
/// Mixup and CutMix of whole batches, one of them drawn for each batch: image i is mixed with image Count - 1 - i, and so are their targets. The defaults are
/// those of the official recipe for ImageNet (TRAINING.md; "A ConvNet for the 2020s", table 5); the rules are those of timm 0.3.2 in its batch mode.
/// </summary>
/// <remarks>timm refuses a batch with an odd number of images. Here the one in the middle is its own partner, so that it stays as it is.</remarks>
public sealed record Mixup
{
    private const double LargestAlpha = 1000;

    /// <summary>Both parameters of the Beta distribution of Mixup's share, from 0 to 1000; 0 turns Mixup off.</summary>
    public double MixupAlpha { get; init; } = 0.8;

    /// <summary>Both parameters of the Beta distribution of CutMix's share, from 0 to 1000; 0 turns CutMix off.</summary>
    public double CutMixAlpha { get; init; } = 1;

    /// <summary>Probability that a batch is mixed at all, from 0 to 1.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>Probability that it is CutMix where both are on, from 0 to 1.</summary>
    public double SwitchProbability { get; init; } = 0.5;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of its range, or both kinds are off.</exception>
    public void Validate()
    {
        Check.InRange(MixupAlpha, 0, LargestAlpha, nameof(MixupAlpha));
        Check.InRange(CutMixAlpha, 0, LargestAlpha, nameof(CutMixAlpha));
        Check.InRange(Probability, 0, 1, nameof(Probability));
        Check.InRange(SwitchProbability, 0, 1, nameof(SwitchProbability));
        if (MixupAlpha == 0 && CutMixAlpha == 0)
            throw new ArgumentOutOfRangeException(nameof(MixupAlpha), MixupAlpha, "MixupAlpha and CutMixAlpha are both 0; to mix nothing set Mixup to null.");
    }

    /// <summary>Draws how a batch is mixed.</summary>
    internal BatchMix Draw(int height, int width, ref CounterRandom random)
    {
        if (random.NextDouble() >= Probability) return BatchMix.None;
        bool cutMix = MixupAlpha == 0 || (CutMixAlpha > 0 && random.NextDouble() < SwitchProbability);
        double alpha = cutMix ? CutMixAlpha : MixupAlpha;
        double share = random.NextBeta(alpha, alpha);
        return cutMix ? BatchMix.Cut(height, width, share, random.NextInt32(height), random.NextInt32(width)) : new BatchMix(share, null);
    }
}
