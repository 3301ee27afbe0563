using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Backbone.Engines;

/// <summary>Scores batches of images with fixed weights. Safe to call from several threads at once; results do not depend on batching or threads.</summary>
public interface IScoringEngine : IDisposable
{
    /// <summary>The network that runs.</summary>
    ConvNeXtConfig Config { get; }

    /// <summary>Length of the pooled feature vector, the width of the last stage.</summary>
    int FeatureCount { get; }

    /// <summary>Computes the logits of a batch.</summary>
    /// <param name="images">Normalised pixels, [count, height, width, 3] (RGB).</param>
    /// <param name="count">Images in the batch, at least 1.</param>
    /// <param name="height">Image height in pixels, at least 32.</param>
    /// <param name="width">Image width in pixels, at least 32.</param>
    /// <param name="logits">Receives [count, ClassCount].</param>
    void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits);

    /// <summary>Computes the features of a batch: global average pool and head norm, what the linear head reads.</summary>
    /// <param name="images">Normalised pixels, [count, height, width, 3] (RGB).</param>
    /// <param name="count">Images in the batch, at least 1.</param>
    /// <param name="height">Image height in pixels, at least 32.</param>
    /// <param name="width">Image width in pixels, at least 32.</param>
    /// <param name="features">Receives [count, FeatureCount].</param>
    void Featurize(ReadOnlySpan<float> images, int count, int height, int width, Span<float> features);
}
