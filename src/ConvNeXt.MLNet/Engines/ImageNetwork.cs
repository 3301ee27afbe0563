using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.MLNet.Engines;

/// <summary>
/// The network of a model: architecture, preprocessing and weights. Its engine is created once, on first use; if that
/// fails, the next use tries again.
/// </summary>
internal sealed class ImageNetwork
{
    private readonly CreatedOnce<IScoringEngine> _engine;

    /// <summary>Creates an instance. The weights must already be checked against the configuration.</summary>
    public ImageNetwork(ConvNeXtConfig config, ImagePreprocessing preprocessing, WeightSet weights, int threadCount, EngineChoice engine)
    {
        (Config, Preprocessing, Weights, ThreadCount) = (config, preprocessing, weights, threadCount);
        _engine = new CreatedOnce<IScoringEngine>(() => engine.CreateScoringEngine(config, weights, threadCount));
    }

    public ConvNeXtConfig Config { get; }

    public ImagePreprocessing Preprocessing { get; }

    public WeightSet Weights { get; }

    /// <summary>Number of threads for decoding and computing; 0 for all cores.</summary>
    public int ThreadCount { get; }

    public IScoringEngine Engine => _engine.Value;

    /// <summary>Returns the same network with another engine.</summary>
    public ImageNetwork With(EngineChoice engine) => new(Config, Preprocessing, Weights, ThreadCount, engine);
}
