namespace ConvNeXt.Backbone.Training;

/// <summary>What random numbers are drawn for; each purpose has its own streams.</summary>
internal enum RandomPurpose
{
    Weights = 1,
    Order = 2,
    Augmentation = 3,
    DropPath = 4,
}

/// <summary>
/// A stream of random numbers that depends on nothing but seed, purpose, and two counters (such as epoch and image). So an image is augmented alike
/// whichever thread does it, and whatever was drawn before. The generator is SplitMix64.
/// </summary>
internal struct CounterRandom
{
    private const ulong Increment = 0x9E3779B97F4A7C15;

    private ulong _state;

    internal CounterRandom(long seed, RandomPurpose purpose, int major, int minor)
    {
        _state = Mix((ulong)seed + Increment);
        _state = Mix(_state + (ulong)purpose * Increment);
        _state = Mix(_state ^ (((ulong)(uint)major << 32) | (uint)minor));
    }

    /// <summary>Uniform in [0, 1) with 53 bits.</summary>
    internal double NextDouble() => (Next() >> 11) * (1.0 / (1L << 53));

    /// <summary>Uniform in [0, 1) with 24 bits.</summary>
    internal float NextSingle() => (Next() >> 40) * (1f / (1 << 24));

    /// <summary>Uniform in [low, high).</summary>
    internal double NextDouble(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>Uniform in 0 to <paramref name="end"/> - 1.</summary>
    internal int NextInt32(int end) => (int)Math.BigMul(Next(), (ulong)end, out _);

    /// <summary>Normal with mean 0 and standard deviation 1 (Box and Muller).</summary>
    internal double NextGaussian()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    private ulong Next() => Mix(_state += Increment);

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
