using System.Buffers;
using System.Collections.Immutable;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Scoring.Columns;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>
/// From an image to the network's vector, for one image or a batch. Safe to use from several threads at once; a result does not depend on its batch.
/// </summary>
internal sealed class ImageScorer
{
    /// <summary>Values and pixels that a batch may hold before it gets fewer images: the maps of a first stage are large, and so are large inputs.</summary>
    private const int MostBatchValues = 1 << 24, MostBatchPixels = 1 << 26;

    private readonly ImageNetwork _network;
    private readonly FeatureLevel? _feature;
    private readonly double _temperature;

    /// <summary>Computes nothing yet.</summary>
    /// <param name="network">The network; its engine is made at the first image.</param>
    /// <param name="feature">Which features; null for the probabilities, the softmax of the logits.</param>
    /// <param name="batchSize">Images that are wanted together when a view is read, at least 1.</param>
    /// <param name="imageFolder">What relative paths are relative to; null for the process's current folder.</param>
    /// <param name="decoding">How images are decoded.</param>
    /// <param name="temperature">What logits are divided by before the softmax.</param>
    /// <exception cref="ArgumentException">The network has no such features.</exception>
    public ImageScorer(ImageNetwork network, FeatureLevel? feature, int batchSize, string? imageFolder, ImageDecodingOptions decoding, double temperature = 1)
    {
        (_network, _feature, _temperature, ImageFolder, Decoding) = (network, feature, temperature, imageFolder, decoding);
        Dimensions = feature is { } output ? FeatureOutput.FindDimensions(network.Config, network.Preprocessing, output) : [network.Config.ClassCount];
        VectorLength = Dimensions.Aggregate(1, (product, dimension) => product * dimension);
        BatchSize = Math.Clamp(Math.Min(MostBatchValues / VectorLength, MostBatchPixels / PixelCount), 1, batchSize);
        ReadsAhead = batchSize > 1;
    }

    /// <summary>Images that are scored together when a view is read: as wanted, or fewer where their vectors are large.</summary>
    public int BatchSize { get; }

    /// <summary>Whether a view may read rows before they are asked for. Who wants batches of one image wants none: a live source, for example.</summary>
    public bool ReadsAhead { get; }

    public string? ImageFolder { get; }

    public ImageDecodingOptions Decoding { get; }

    /// <summary>Dimensions of an image's result: [classes], [features], or [channels, height, width] of a feature map.</summary>
    public ImmutableArray<int> Dimensions { get; }

    /// <summary>Length of the vector of one image. A feature map lies in it as [height, width, channels].</summary>
    public int VectorLength { get; }

    /// <summary>Threads that decode while the engine computes.</summary>
    public int DecodingThreads => _network.ThreadCount > 0 ? _network.ThreadCount : Environment.ProcessorCount;

    /// <summary>Floats of one prepared image, [Height, Width, 3].</summary>
    public int PixelCount => _network.Preprocessing.Length;

    /// <summary>
    /// Number of calls at a time at which the engine computes most images per second: on the CPU a few more than there are cores, with any number of images
    /// each; elsewhere one with as many images as possible. The engine is created.
    /// </summary>
    public int PassesAtOnce
    {
        get
        {
            using EngineCall call = _network.Call();
            return call.Engine is ManagedScoringEngine && DecodingThreads > 1 ? Math.Min(DecodingThreads + BatchScorer.SparePlaces, MostPassesAtOnce) : 1;
        }
    }

    /// <summary>The largest <see cref="PassesAtOnce"/> of any scorer.</summary>
    public static int MostPassesAtOnce => Environment.ProcessorCount + BatchScorer.SparePlaces;

    /// <inheritdoc cref="ImageNetwork.KeepForRow"/>
    public EngineLease? KeepForRow() => _network.KeepForRow();

    /// <summary>Keeps the network's engine in memory for several calls.</summary>
    public EngineLease Lease() => _network.Lease();

    /// <summary>Runs the network over prepared images.</summary>
    /// <param name="pixels">[count, Height, Width, 3].</param>
    /// <param name="count">Number of images, at least 1.</param>
    /// <param name="vectors">Receives [count, VectorLength].</param>
    public void Run(ReadOnlySpan<float> pixels, int count, Span<float> vectors)
    {
        int height = _network.Preprocessing.Height, width = _network.Preprocessing.Width;
        using EngineCall call = _network.Call();
        pixels = pixels[..(count * PixelCount)];
        vectors = vectors[..(count * VectorLength)];
        if (_feature is { } feature)
        {
            if (FeatureOutput.FindStage(feature) is { } stage) call.Engine.FeatureMap(pixels, count, height, width, stage, vectors);
            else call.Engine.Featurize(pixels, count, height, width, vectors);
            return;
        }
        call.Engine.Score(pixels, count, height, width, vectors);
        for (int i = 0; i < count; i++) Softmax(vectors.Slice(i * VectorLength, VectorLength), _temperature);
    }

    /// <summary>Decodes an image and makes the network's input of it.</summary>
    /// <returns>Why it cannot be read, or null.</returns>
    public string? TryPrepare(in ImageReference image, Span<float> pixels)
    {
        try
        {
            using RgbImage decoded = ImageDecoding.Decode(image, Decoding, _network.Preprocessing);
            _network.Preprocessing.Apply(decoded, pixels);
            return null;
        }
        catch (Exception e) when (ImageFailure.IsOfTheImage(e))
        {
            return ImageFailure.Describe(e, image.Path);
        }
    }

    /// <summary>Scores one image, on its own.</summary>
    /// <returns>Why it cannot be read, or null.</returns>
    public string? TryRun(in ImageReference image, Span<float> vector)
    {
        float[] pixels = ArrayPool<float>.Shared.Rent(PixelCount);
        try
        {
            string? problem = TryPrepare(image, pixels.AsSpan(0, PixelCount));
            if (problem is null) Run(pixels, 1, vector);
            return problem;
        }
        finally
        {
            ArrayPool<float>.Shared.Return(pixels);
        }
    }

    private static void Softmax(Span<float> values, double temperature)
    {
        float max = float.NegativeInfinity;
        foreach (float value in values) max = Math.Max(max, value);
        double sum = 0;
        foreach (float value in values) sum += Math.Exp(((double)value - max) / temperature);
        foreach (ref float value in values) value = (float)(Math.Exp(((double)value - max) / temperature) / sum);
    }
}
