using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.MLNet.Models;

/// <summary>
/// A trained network as a model keeps it: description, preprocessing and weights. The engine that runs it is made once, when it is first needed.
/// </summary>
internal sealed class ImageNetwork
{
    private readonly Lazy<IScoringEngine> _engine;

    /// <summary>Keeps the parts; the weights must have been checked against the configuration.</summary>
    public ImageNetwork(ConvNeXtConfig config, ImagePreprocessing preprocessing, WeightSet weights, int threadCount)
    {
        (Config, Preprocessing, Weights, ThreadCount) = (config, preprocessing, weights, threadCount);
        var options = new EngineOptions { ThreadCount = threadCount > 0 ? threadCount : null };
        _engine = new Lazy<IScoringEngine>(() => new ManagedScoringEngine(config, weights, options));
    }

    public ConvNeXtConfig Config { get; }

    public ImagePreprocessing Preprocessing { get; }

    public WeightSet Weights { get; }

    /// <summary>Threads that compute and decode; 0 for all cores.</summary>
    public int ThreadCount { get; }

    public IScoringEngine Engine => _engine.Value;
}
