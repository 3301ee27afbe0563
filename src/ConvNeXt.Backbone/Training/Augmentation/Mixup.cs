using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.Backbone.Training.Augmentation;

/// <summary>
/// Mixup and CutMix of whole batches; one of the two is drawn for each batch. Image i is mixed with image Count - 1 - i, and so are their targets. The defaults
/// are those of the official ImageNet recipe (TRAINING.md; "A ConvNet for the 2020s", table 5); the rules are those of timm 0.3.2 in batch mode.
/// </summary>
/// <remarks>timm rejects batches with an odd number of images. Here the middle image is its own partner and stays unchanged.</remarks>
public sealed record Mixup
{
    private const double LargestAlpha = 1000;

    /// <summary>Both parameters of the Beta distribution for Mixup's share, from 0 to 1000; 0 disables Mixup.</summary>
    public double MixupAlpha { get; init; } = 0.8;

    /// <summary>Both parameters of the Beta distribution for CutMix's share, from 0 to 1000; 0 disables CutMix.</summary>
    public double CutMixAlpha { get; init; } = 1;

    /// <summary>Probability that a batch is mixed, from 0 to 1.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>Probability of CutMix rather than Mixup if both are enabled, from 0 to 1.</summary>
    public double SwitchProbability { get; init; } = 0.5;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range, or both kinds are disabled.</exception>
    public void Validate()
    {
        Check.InRange(MixupAlpha, 0, LargestAlpha, nameof(MixupAlpha));
        Check.InRange(CutMixAlpha, 0, LargestAlpha, nameof(CutMixAlpha));
        Check.InRange(Probability, 0, 1, nameof(Probability));
        Check.InRange(SwitchProbability, 0, 1, nameof(SwitchProbability));
        if (MixupAlpha == 0 && CutMixAlpha == 0)
            throw new ArgumentOutOfRangeException(nameof(MixupAlpha), MixupAlpha, "MixupAlpha and CutMixAlpha are both 0; to mix nothing, set Mixup to null.");
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
