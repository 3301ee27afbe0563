using System.Buffers;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Models;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>
/// From an image to the network's vector, for one image or a batch. Safe to use from several threads at once; a result does not depend on its batch.
/// </summary>
/// <param name="network">The network; its engine is made at the first image.</param>
/// <param name="output">Which vector.</param>
/// <param name="batchSize">Images that are scored together when a view is read, at least 1.</param>
/// <param name="imageFolder">What relative paths are relative to; null for the process's current folder.</param>
internal sealed class ImageScorer(ImageNetwork network, NetworkOutput output, int batchSize, string? imageFolder)
{
    public int BatchSize => batchSize;

    public string? ImageFolder => imageFolder;

    /// <summary>Threads that decode while the engine computes.</summary>
    public int DecodingThreads => network.ThreadCount > 0 ? network.ThreadCount : Environment.ProcessorCount;

    /// <summary>Floats of one prepared image, [Size, Size, 3].</summary>
    public int PixelCount => network.Preprocessing.Length;

    /// <summary>Length of the vector of one image.</summary>
    public int VectorLength => output == NetworkOutput.Probabilities ? network.Config.ClassCount : network.Config.FeatureCount;

    /// <summary>Decodes an image and makes the network's input of it.</summary>
    /// <exception cref="UnreadableImageException">It cannot be read.</exception>
    public void Prepare(in ImageReference image, Span<float> pixels)
    {
        using RgbImage decoded = ImageDecoding.Decode(image);
        network.Preprocessing.Apply(decoded, pixels);
    }

    /// <summary>Runs the network over prepared images.</summary>
    /// <param name="pixels">[count, Size, Size, 3].</param>
    /// <param name="count">Number of images, at least 1.</param>
    /// <param name="vectors">Receives [count, VectorLength].</param>
    public void Run(ReadOnlySpan<float> pixels, int count, Span<float> vectors)
    {
        int size = network.Preprocessing.Size;
        pixels = pixels[..(count * PixelCount)];
        vectors = vectors[..(count * VectorLength)];
        if (output == NetworkOutput.Features)
        {
            network.Engine.Featurize(pixels, count, size, size, vectors);
            return;
        }
        network.Engine.Score(pixels, count, size, size, vectors);
        for (int i = 0; i < count; i++) Softmax(vectors.Slice(i * VectorLength, VectorLength));
    }

    /// <summary>One image, without waiting for others.</summary>
    /// <exception cref="UnreadableImageException">It cannot be read.</exception>
    public void Run(in ImageReference image, Span<float> vector)
    {
        float[] pixels = ArrayPool<float>.Shared.Rent(PixelCount);
        try
        {
            Prepare(image, pixels.AsSpan(0, PixelCount));
            Run(pixels, 1, vector);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(pixels);
        }
    }

    private static void Softmax(Span<float> values)
    {
        float max = float.NegativeInfinity;
        foreach (float value in values) max = Math.Max(max, value);
        double sum = 0;
        foreach (float value in values) sum += Math.Exp((double)value - max);
        foreach (ref float value in values) value = (float)(Math.Exp((double)value - max) / sum);
    }
}
