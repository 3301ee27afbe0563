namespace ConvNeXt.MLNet.Engines;

/// <summary>Keeps an engine until it is disposed or collected: that of a model, of a PredictionEngine's row, or of a cursor.</summary>
internal sealed class EngineLease : IDisposable
{
    private SharedEngine? _engine;

    public EngineLease(SharedEngine engine)
    {
        engine.Enter();
        _engine = engine;
    }

    ~EngineLease() => Interlocked.Exchange(ref _engine, null)?.Abandon();

    /// <inheritdoc/>
    public void Dispose()
    {
        Interlocked.Exchange(ref _engine, null)?.Leave();
        GC.SuppressFinalize(this);
    }
}
