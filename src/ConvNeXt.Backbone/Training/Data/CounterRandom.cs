using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Backbone.Training.Data;

/// <summary>The purpose of random numbers; each purpose has its own streams.</summary>
internal enum RandomPurpose
{
    Weights = 1,
    Order = 2,
    Augmentation = 3,
    DropPath = 4,
    Mixing = 5,
    Corruption = 6,
    Search = 7,
}

/// <summary>
/// A stream of random numbers that depends only on the seed, the purpose, and two counters (such as epoch and image). An image is therefore augmented in the
/// same way regardless of the thread and of earlier draws. The generator is SplitMix64.
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

    /// <summary>Leaves out the next 24-bit or 53-bit draws.</summary>
    internal void Skip(long draws) => _state += (ulong)draws * Increment;

    /// <summary>Uniform in [0, 1), with 53 bits.</summary>
    internal double NextDouble() => (Next() >> 11) * (1.0 / (1L << 53));

    /// <summary>Uniform in [0, 1), with 24 bits.</summary>
    internal float NextSingle() => (Next() >> 40) * (1f / (1 << 24));

    /// <summary>Uniform in [low, high).</summary>
    internal double NextDouble(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>Uniform integer from 0 to <paramref name="end"/> - 1.</summary>
    internal int NextInt32(int end) => (int)Math.BigMul(Next(), (ulong)end, out _);

    /// <summary>Normal with mean 0 and standard deviation 1 (Box-Muller).</summary>
    internal double NextGaussian()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Fills a span with independent normal values with mean 0 and standard deviation 1, two from each pair of draws.</summary>
    internal void FillGaussian(Span<float> values)
    {
        for (int i = 0; i < values.Length; i += 2)
        {
            float radius = MathF.Sqrt(-2 * MathF.Log(1 - NextSingle()));
            var (sine, cosine) = MathF.SinCos(2 * MathF.PI * NextSingle());
            values[i] = radius * cosine;
            if (i + 1 < values.Length) values[i + 1] = radius * sine;
        }
    }

    /// <summary>Beta distribution, in [0, 1]: a ratio of two Gamma values, computed from their logarithms so that small parameters do not underflow.</summary>
    /// <param name="alpha">Above 0.</param>
    /// <param name="beta">Above 0.</param>
    internal double NextBeta(double alpha, double beta)
    {
        double first = NextLogGamma(alpha), second = NextLogGamma(beta);
        return 1 / (1 + Math.Exp(second - first));
    }

    /// <summary>Logarithm of a value of the Gamma distribution with scale 1 (Marsaglia and Tsang, 2000).</summary>
    private double NextLogGamma(double shape)
    {
        // For a shape below 1: a value for shape + 1, multiplied by a power of a uniform value.
        double boost = shape < 1 ? Math.Log(1 - NextDouble()) / shape : 0;
        double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double normal = NextGaussian(), root = 1 + c * normal;
            if (root <= 0) continue;
            double cube = root * root * root;
            if (Math.Log(1 - NextDouble()) < normal * normal / 2 + d - d * cube + d * Math.Log(cube)) return Math.Log(d * cube) + boost;
        }
    }

    private ulong Next() => Mix(_state += Increment);

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
