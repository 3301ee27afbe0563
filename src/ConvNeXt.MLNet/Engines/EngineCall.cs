using ConvNeXt.Backbone.Engines;

namespace ConvNeXt.MLNet.Engines;

/// <summary>One call of an engine, which is not disposed before the call ends.</summary>
internal readonly struct EngineCall : IDisposable
{
    private readonly SharedEngine _shared;

    public EngineCall(SharedEngine shared)
    {
        shared.Enter();
        _shared = shared;
    }

    /// <inheritdoc cref="SharedEngine.Engine"/>
    public IScoringEngine Engine => _shared.Engine;

    /// <summary>Ends the call; only once.</summary>
    public void Dispose() => _shared.Leave();
}
