using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Engines;

/// <summary>
/// Scores batches of images with fixed weights. Safe for concurrent calls; results depend neither on batching nor on the number of threads.
/// <para>An engine can be disposed while other threads score with it: <see cref="IDisposable.Dispose"/> waits for their calls, which complete normally, and
/// then frees the memory; later calls throw <see cref="ObjectDisposedException"/>. A second call of Dispose does nothing.</para>
/// </summary>
public interface IScoringEngine : IDisposable
{
    /// <summary>Configuration of the network.</summary>
    ConvNeXtConfig Config { get; }

    /// <summary>Length of the feature vector that the classifier reads: the width of the last stage, or of the head's hidden layer.</summary>
    int FeatureCount { get; }

    /// <summary>Computes the logits of a batch.</summary>
    /// <param name="images">Normalized pixels, [count, height, width, 3] (RGB).</param>
    /// <param name="count">Number of images in the batch, at least 1.</param>
    /// <param name="height">Image height in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="width">Image width in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="logits">Receives [count, ClassCount].</param>
    void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits);

    /// <summary>
    /// Computes the features of a batch, the input of the classifier: global average pooling, head norm and, if there is one, the head's hidden layer.
    /// </summary>
    /// <param name="images">Normalized pixels, [count, height, width, 3] (RGB).</param>
    /// <param name="count">Number of images in the batch, at least 1.</param>
    /// <param name="height">Image height in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="width">Image width in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="features">Receives [count, FeatureCount].</param>
    void Featurize(ReadOnlySpan<float> images, int count, int height, int width, Span<float> features);

    /// <summary>Computes the output of a stage: that of its last block, before any norm.</summary>
    /// <param name="images">Normalized pixels, [count, height, width, 3] (RGB).</param>
    /// <param name="count">Number of images in the batch, at least 1.</param>
    /// <param name="height">Image height in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="width">Image width in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="stage">Index of the stage, from 0.</param>
    /// <param name="map">Receives [count, Height, Width, Channels]; <see cref="FeatureMapShape"/> returns the sizes.</param>
    void FeatureMap(ReadOnlySpan<float> images, int count, int height, int width, int stage, Span<float> map);

    /// <summary>Returns the size of a stage's output for one image.</summary>
    /// <param name="height">Image height in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="width">Image width in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="stage">Index of the stage, from 0.</param>
    (int Height, int Width, int Channels) FeatureMapShape(int height, int width, int stage);
}

/// <summary>Creates a scoring engine.</summary>
/// <param name="config">The network.</param>
/// <param name="weights">All weights under their official names.</param>
internal delegate IScoringEngine ScoringEngineFactory(ConvNeXtConfig config, WeightSet weights);
