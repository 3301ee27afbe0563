using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.MLNet.Engines;

/// <summary>
/// A trained network as a model keeps it: description, preprocessing and weights. The engine that runs it is made once, when it is first needed.
/// </summary>
internal sealed class ImageNetwork
{
    private readonly Lazy<IScoringEngine> _engine;

    /// <summary>Keeps the parts; the weights must have been checked against the configuration.</summary>
    public ImageNetwork(ConvNeXtConfig config, ImagePreprocessing preprocessing, WeightSet weights, int threadCount, EngineChoice engine)
    {
        (Config, Preprocessing, Weights, ThreadCount) = (config, preprocessing, weights, threadCount);
        _engine = new Lazy<IScoringEngine>(() => engine.CreateScoringEngine(config, weights, threadCount));
    }

    public ConvNeXtConfig Config { get; }

    public ImagePreprocessing Preprocessing { get; }

    public WeightSet Weights { get; }

    /// <summary>Threads that compute and decode; 0 for all cores.</summary>
    public int ThreadCount { get; }

    public IScoringEngine Engine => _engine.Value;

    /// <summary>The same network, computed by another engine.</summary>
    public ImageNetwork With(EngineChoice engine) => new(Config, Preprocessing, Weights, ThreadCount, engine);
}
