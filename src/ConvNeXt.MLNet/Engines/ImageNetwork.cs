using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.MLNet.Engines;

/// <summary>
/// The network of one model: architecture, preprocessing and weights, and an engine that models with other settings may share. A model keeps the engine from
/// its first use until it is disposed. A disposed model can still be used; a call, a cursor or a PredictionEngine then keeps the engine while it needs it.
/// </summary>
internal sealed class ImageNetwork : IDisposable
{
    private readonly SharedEngine _engine;
    private readonly Lock _lock = new();
    private EngineLease? _kept;
    private WeakReference<EngineLease>? _ofRows;
    private bool _disposed;

    /// <summary>Creates an instance. The weights must already be checked against the configuration.</summary>
    public ImageNetwork(ConvNeXtConfig config, ImagePreprocessing preprocessing, WeightSet weights, int threadCount, EngineChoice engine)
        : this(config, preprocessing, weights, threadCount, new SharedEngine(() => engine.CreateScoringEngine(config, weights, threadCount), engine.WarnOfRepeatedCreation))
    {
    }

    private ImageNetwork(ConvNeXtConfig config, ImagePreprocessing preprocessing, WeightSet weights, int threadCount, SharedEngine engine) =>
        (Config, Preprocessing, Weights, ThreadCount, _engine) = (config, preprocessing, weights, threadCount, engine);

    public ConvNeXtConfig Config { get; }

    public ImagePreprocessing Preprocessing { get; }

    public WeightSet Weights { get; }

    /// <summary>Number of threads for decoding and computing; 0 for all cores.</summary>
    public int ThreadCount { get; }

    /// <summary>Whether the engine is in memory at the moment.</summary>
    public bool IsOpen => _engine.IsOpen;

    /// <summary>Begins a call of the engine; dispose the result to end it.</summary>
    public EngineCall Call()
    {
        Keep();
        return new EngineCall(_engine);
    }

    /// <summary>
    /// Returns what keeps the engine for the rows of PredictionEngines if the model is disposed; null if the model itself keeps it. ML.NET does not tell rows
    /// when their PredictionEngine is disposed, so it is released when the rows are collected or the model is disposed once more, as PredictionEngines do.
    /// </summary>
    public EngineLease? KeepForRow()
    {
        Keep();
        if (Volatile.Read(ref _kept) is not null) return null;
        lock (_lock)
        {
            if (!_disposed) return null;
            if (_ofRows is not null && _ofRows.TryGetTarget(out EngineLease? lease)) return lease;
            lease = Lease();
            _ofRows = new WeakReference<EngineLease>(lease);
            return lease;
        }
    }

    /// <summary>Keeps the engine, which is created at the first call, for several calls, even if the model is disposed between them.</summary>
    public EngineLease Lease() => new(_engine);

    /// <summary>Returns the network for another model, which shares the engine and is disposed independently.</summary>
    public ImageNetwork Share() => new(Config, Preprocessing, Weights, ThreadCount, _engine);

    /// <summary>Returns the same network with another engine.</summary>
    public ImageNetwork With(EngineChoice engine) => new(Config, Preprocessing, Weights, ThreadCount, engine);

    /// <summary>Frees the engine as soon as nobody uses it.</summary>
    public void Dispose()
    {
        EngineLease? kept, ofRows = null;
        lock (_lock)
        {
            _disposed = true;
            (kept, _kept) = (_kept, null);
            _ofRows?.TryGetTarget(out ofRows);
            _ofRows = null;
        }

        kept?.Dispose();
        ofRows?.Dispose();
    }

    // Not in the constructor: a copy that is only made to make another one must not keep the engine.
    private void Keep()
    {
        if (Volatile.Read(ref _kept) is not null) return;
        lock (_lock)
        {
            if (!_disposed && _kept is null) Volatile.Write(ref _kept, new EngineLease(_engine));
        }
    }
}
