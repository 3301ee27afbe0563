using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;
namespace ConvNeXt.Backbone.Engines;

/// <summary>Scores batches of images with fixed weights. Safe to call from several threads at once; results do not depend on batching or threads.</summary>
public interface IScoringEngine : IDisposable
{
    /// <summary>The network that runs.</summary>
    ConvNeXtConfig Config { get; }

    /// <summary>Length of the pooled feature vector, what the classifier reads: the width of the last stage, or of the hidden layer in the head.</summary>
    int FeatureCount { get; }

    /// <summary>Computes the logits of a batch.</summary>
    /// <param name="images">Normalised pixels, [count, height, width, 3] (RGB).</param>
    /// <param name="count">Images in the batch, at least 1.</param>
    /// <param name="height">Image height in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="width">Image width in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="logits">Receives [count, ClassCount].</param>
    void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits);

    /// <summary>
    /// Computes the features of a batch, what the classifier reads: global average pool, head norm, and the head's hidden layer where there is one.
    /// </summary>
    /// <param name="images">Normalised pixels, [count, height, width, 3] (RGB).</param>
    /// <param name="count">Images in the batch, at least 1.</param>
    /// <param name="height">Image height in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="width">Image width in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="features">Receives [count, FeatureCount].</param>
    void Featurize(ReadOnlySpan<float> images, int count, int height, int width, Span<float> features);

    /// <summary>Computes the output of a stage: what its last block gives, before any norm.</summary>
    /// <param name="images">Normalised pixels, [count, height, width, 3] (RGB).</param>
    /// <param name="count">Images in the batch, at least 1.</param>
    /// <param name="height">Image height in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="width">Image width in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="stage">Which stage, from 0.</param>
    /// <param name="map">Receives [count, Height, Width, Channels] of <see cref="FeatureMapShape"/>.</param>
    void FeatureMap(ReadOnlySpan<float> images, int count, int height, int width, int stage, Span<float> map);

    /// <summary>The size of a stage's output for one image.</summary>
    /// <param name="height">Image height in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="width">Image width in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="stage">Which stage, from 0.</param>
    (int Height, int Width, int Channels) FeatureMapShape(int height, int width, int stage);
}

/// <summary>Makes a scoring engine.</summary>
/// <param name="config">The network.</param>
/// <param name="weights">All of its weights under their official names.</param>
internal delegate IScoringEngine ScoringEngineFactory(ConvNeXtConfig config, WeightSet weights);
