using System.Numerics.Tensors;

namespace ConvNeXt.MLNet.DataSets;

/// <summary>The nearest other images of each image, by the cosine of centered features.</summary>
internal static class FeatureNeighbors
{
    /// <summary>Neighbors that are kept of each image.</summary>
    public const int Count = 8;

    /// <summary>Finds the nearest neighbors, nearest first.</summary>
    /// <param name="features">The features of each image.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>For each image, the indices of up to <see cref="Count"/> others and their cosine.</returns>
    public static (int Other, float Cosine)[][] Find(float[][] features, CancellationToken cancellation)
    {
        float[][] centered = Center(features);
        var neighbors = new (int, float)[features.Length][];
        Parallel.For(0, features.Length, new ParallelOptions { CancellationToken = cancellation }, i =>
        {
            float[] cosines = [.. centered.Select(other => TensorPrimitives.Dot<float>(centered[i], other))];
            var nearest = Enumerable.Range(0, cosines.Length).Where(j => j != i).OrderByDescending(j => cosines[j]).Take(Count);
            neighbors[i] = [.. nearest.Select(j => (j, cosines[j]))];
        });
        return neighbors;
    }

    // Features have a large common part, which would make all cosines nearly 1.
    private static float[][] Center(float[][] features)
    {
        if (features.Length == 0) return [];
        int length = features[0].Length;
        float[] mean = new float[length];
        foreach (float[] values in features) TensorPrimitives.MultiplyAdd(values, 1f / features.Length, mean, mean);
        return
        [
            .. features.Select(values =>
            {
                float[] centered = new float[length];
                TensorPrimitives.Subtract<float>(values, mean, centered);
                TensorPrimitives.Divide(centered, Math.Max(TensorPrimitives.Norm<float>(centered), 1e-9f), centered);
                return centered;
            }),
        ];
    }
}
