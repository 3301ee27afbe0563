using ConvNeXt.Backbone.Engines;

namespace ConvNeXt.Backbone.Training.Distributed;

/// <summary>One process on its own.</summary>
internal sealed class SingleRank : IRankGroup
{
    public static SingleRank Instance { get; } = new();

    public int Rank => 0;

    public int Size => 1;

    public IGradientExchange? Gradients => null;

    public TimeSpan Patience
    {
        get => Timeout.InfiniteTimeSpan;
        set { }
    }

    public bool BFloat16Gradients
    {
        get => false;
        set { }
    }

    public void Sum(Span<double> values)
    {
    }

    public void Sum(Span<float> values)
    {
    }

    public void Broadcast(Span<byte> bytes, int root)
    {
    }

    public void Fail(Exception reason)
    {
    }
}
