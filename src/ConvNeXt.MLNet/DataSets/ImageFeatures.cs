using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.DataSets;

/// <summary>Features of images by the weights in this package, scaled to a length of 1.</summary>
internal static class ImageFeatures
{
    /// <summary>Computes the features of image files.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="progress">Called after each file with the number of files done.</param>
    /// <param name="cancellation">Cancels.</param>
    public static float[][] Compute(IReadOnlyList<string> paths, Action<int>? progress, CancellationToken cancellation)
    {
        const string Output = "Features";
        var context = new MLContext();
        IDataView files = context.Data.LoadFromEnumerable(paths.Select(path => new LabeledImage { ImagePath = path }));
        IDataView featurized = context.Transforms.ConvNeXtFeaturizer(Output, nameof(LabeledImage.ImagePath)).Fit(files).Transform(files);
        using DataViewRowCursor cursor = featurized.GetRowCursor([featurized.Schema[Output]]);
        ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(featurized.Schema[Output]);
        VBuffer<float> values = default;
        var features = new List<float[]>(paths.Count);
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            get(ref values);
            features.Add(Normalize([.. values.DenseValues()]));
            progress?.Invoke(features.Count);
        }
        return [.. features];
    }

    private static float[] Normalize(float[] values)
    {
        double length = Math.Sqrt(values.Sum(value => (double)value * value));
        return [.. values.Select(value => (float)(value / Math.Max(length, 1e-12)))];
    }
}
