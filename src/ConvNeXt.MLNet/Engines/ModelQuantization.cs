using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Scoring;

namespace ConvNeXt.MLNet.Engines;

/// <summary>Compares a model with 8-bit products with float32 on image files.</summary>
internal static class ModelQuantization
{
    private const int BatchSize = 16;

    /// <exception cref="QuantizationException">The results differ more than they may.</exception>
    /// <exception cref="InvalidDataException">An image cannot be read.</exception>
    public static QuantizationReport Check(
        ImageNetwork network, ImageDecodingOptions decoding, double temperature, IReadOnlyList<string> paths, QuantizationOptions options)
    {
        var scorer = new ImageScorer(network, feature: null, BatchSize, imageFolder: null, decoding);
        int? threads = network.ThreadCount > 0 ? network.ThreadCount : null;
        var check = new QuantizationCheck(
            network.Config, network.Weights, threads, network.Preprocessing.Height, network.Preprocessing.Width, temperature, options);
        return check.Run(Read(scorer, paths));
    }

    private static IEnumerable<ReadOnlyMemory<float>> Read(ImageScorer scorer, IReadOnlyList<string> paths)
    {
        foreach (string[] files in paths.Chunk(BatchSize))
        {
            var pixels = new float[files.Length * scorer.PixelCount];
            var problems = new string?[files.Length];
            Parallel.For(0, files.Length, new ParallelOptions { MaxDegreeOfParallelism = scorer.DecodingThreads }, i =>
            {
                var image = new ImageReference(files[i], null, null);
                problems[i] = scorer.TryPrepare(image, pixels.AsSpan(i * scorer.PixelCount, scorer.PixelCount));
            });
            if (problems.FirstOrDefault(problem => problem is not null) is { } first) throw new InvalidDataException(first);
            yield return pixels;
        }
    }
}
