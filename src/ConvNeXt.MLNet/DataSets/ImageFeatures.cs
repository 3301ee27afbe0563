using System.Numerics.Tensors;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Weights;

namespace ConvNeXt.MLNet.DataSets;

/// <summary>Features of images by the weights in this package. Each block of features is scaled to a length of 1.</summary>
/// <param name="Plain">Pooled features of each image as scoring sees it.</param>
/// <param name="Averaged">
/// The mean of several views, three sizes and mirrored, which says more about the motif and less about its place and size: the pooled features, and after them
/// the statistics of the stages before (<see cref="StageStatistics"/>), which say more about textures and colors.
/// </param>
/// <param name="Blocks">The lengths of the blocks of <see cref="Averaged"/>.</param>
internal sealed record ImageFeatures(float[][] Plain, float[][] Averaged, int[] Blocks)
{
    private const int BatchSize = 16;

    // The first is the plain one; a mirrored one is that before it.
    private static readonly (int Size, bool IsMirrored)[] _views = [(224, false), (224, true), (288, false), (288, true), (160, false)];

    /// <summary>Computes the features of image files.</summary>
    /// <param name="paths">The files; all can be read.</param>
    /// <param name="progress">Called after some files with the number of files done.</param>
    /// <param name="cancellation">Cancels.</param>
    public static ImageFeatures Compute(IReadOnlyList<string> paths, Action<int>? progress, CancellationToken cancellation)
    {
        LoadedWeights loaded = PackagedWeights.Load(null);
        using var engine = new ManagedScoringEngine(loaded.Config, loaded.Weights);
        ImagePreprocessing[] preprocessing = [.. _views.Select(view => ImagePreprocessing.ForSize(view.Size))];
        float[][] pixels = [.. preprocessing.Select(view => new float[BatchSize * view.Length])];
        int pooled = engine.FeatureCount, counted = StageStatistics.Count(loaded.Config);
        int[] blocks = [pooled, .. StageStatistics.Blocks(loaded.Config)];
        float[] results = new float[BatchSize * pooled], statistics = new float[BatchSize * counted];
        float[][] plain = new float[paths.Count][], averaged = [.. paths.Select(_ => new float[pooled + counted])];
        for (int start = 0; start < paths.Count; start += BatchSize)
        {
            int first = start, count = Math.Min(BatchSize, paths.Count - start);
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellation }, i => Prepare(paths[first + i], i, preprocessing, pixels));
            for (int view = 0; view < _views.Length; view++)
            {
                cancellation.ThrowIfCancellationRequested();
                Span<float> images = pixels[view].AsSpan(0, count * preprocessing[view].Length);
                engine.Featurize(images, count, _views[view].Size, _views[view].Size, results, statistics);
                for (int i = 0; i < count; i++)
                {
                    float[] features = [.. results.AsSpan(i * pooled, pooled), .. statistics.AsSpan(i * counted, counted)];
                    Normalize(features, blocks);
                    if (view == 0) plain[first + i] = features[..pooled];
                    TensorPrimitives.Add(averaged[first + i], features, averaged[first + i]);
                }
            }
            for (int i = 0; i < count; i++) Normalize(averaged[first + i], blocks);
            progress?.Invoke(first + count);
        }
        return new ImageFeatures(plain, averaged, blocks);
    }

    /// <summary>Decodes an image and writes its pixels into the batches of all views.</summary>
    private static void Prepare(string path, int index, ImagePreprocessing[] preprocessing, float[][] pixels)
    {
        using RgbImage image = ImageDecoding.Decode(new ImageReference(path, null, null), ImageDecodingOptions.Default);
        for (int view = 0; view < _views.Length; view++)
        {
            Span<float> destination = pixels[view].AsSpan(index * preprocessing[view].Length, preprocessing[view].Length);
            if (!_views[view].IsMirrored)
            {
                preprocessing[view].Apply(image, destination);
                continue;
            }
            pixels[view - 1].AsSpan(index * destination.Length, destination.Length).CopyTo(destination);
            Mirror(destination, _views[view].Size);
        }
    }

    private static void Mirror(Span<float> pixels, int width)
    {
        for (int row = 0; row < pixels.Length; row += 3 * width)
            for (int left = row, right = row + (3 * (width - 1)); left < right; left += 3, right -= 3)
                for (int channel = 0; channel < 3; channel++)
                    (pixels[left + channel], pixels[right + channel]) = (pixels[right + channel], pixels[left + channel]);
    }

    private static void Normalize(float[] values, int[] blocks)
    {
        int start = 0;
        foreach (int block in blocks)
        {
            Span<float> part = values.AsSpan(start, block);
            TensorPrimitives.Divide(part, Math.Max(TensorPrimitives.Norm<float>(part), 1e-12f), part);
            start += block;
        }
    }
}
