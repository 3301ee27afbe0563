namespace Microsoft.ML;

/// <summary>Makes the generators that ML.NET draws from.</summary>
internal static class RandomUtils
{
    /// <summary>A generator seeded by the system: its sequence differs from run to run.</summary>
    public static TauswortheHybrid Create() => new(new Random());

    public static TauswortheHybrid Create(int seed) => Create((uint)seed);

    public static TauswortheHybrid Create(uint seed) => new(new TauswortheHybrid.State(seed));

    public static TauswortheHybrid Create(int? seed) => seed is { } value ? Create(value) : Create();

    public static TauswortheHybrid Create(uint? seed) => seed is { } value ? Create(value) : Create();

    /// <summary>A generator whose state is drawn from <paramref name="seed"/>, which moves on by at least eight draws.</summary>
    public static TauswortheHybrid Create(Random seed) => new(seed);
}
