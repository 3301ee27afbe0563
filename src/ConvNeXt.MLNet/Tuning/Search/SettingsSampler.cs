using System.Collections.Immutable;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.MLNet.Tuning.Search;

/// <summary>
/// Draws the settings of trials. A draw depends on the seed, the number of the trial and the trials before it, never on time. The default settings are good
/// ones, so most draws change only some of their values, or move some values of the best trial a little.
/// </summary>
internal sealed class SettingsSampler(TuningSpace space, ImmutableSortedDictionary<string, double> start, bool drawsNearBest, long seed)
{
    private const double FromBest = 0.5, Changed = 0.35, Reach = 0.25;

    /// <summary>A small space of choices may have no settings left that are new.</summary>
    private const int Attempts = 50;

    /// <summary>The default settings.</summary>
    public ImmutableSortedDictionary<string, double> Start => start;

    /// <summary>Draws settings that no other trial has; null if none were found.</summary>
    /// <param name="trial">The number of the trial.</param>
    /// <param name="best">The best trial so far.</param>
    /// <param name="others">The settings of all trials so far.</param>
    public ImmutableSortedDictionary<string, double>? Draw(
        int trial, ImmutableSortedDictionary<string, double> best, IReadOnlyList<ImmutableSortedDictionary<string, double>> others)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            var random = new CounterRandom(seed, RandomPurpose.Search, trial, attempt);
            ImmutableSortedDictionary<string, double> drawn = drawsNearBest ? Change(ref random, best) : DrawAll(ref random);
            if (!others.Any(other => other.SequenceEqual(drawn))) return drawn;
        }
        return null;
    }

    private ImmutableSortedDictionary<string, double> DrawAll(ref CounterRandom random)
    {
        var values = start.ToBuilder();
        foreach (TuningDimension dimension in space.Dimensions) values[dimension.Name] = dimension.At(random.NextDouble());
        return values.ToImmutable();
    }

    private ImmutableSortedDictionary<string, double> Change(ref CounterRandom random, ImmutableSortedDictionary<string, double> best)
    {
        bool isFromBest = random.NextDouble() < FromBest;
        var values = (isFromBest ? best : start).ToBuilder();
        int always = random.NextInt32(space.Dimensions.Length);
        for (int i = 0; i < space.Dimensions.Length; i++)
        {
            TuningDimension dimension = space.Dimensions[i];
            bool isChanged = random.NextDouble() < Changed;
            double position = random.NextDouble();
            if (!isChanged && i != always) continue;
            if (isFromBest && dimension.Scale != TuningScale.Choice)
                position = Math.Clamp(dimension.PositionOf(values[dimension.Name]) + (Reach * ((2 * position) - 1)), 0, 1);
            values[dimension.Name] = dimension.At(position);
        }
        return values.ToImmutable();
    }
}
