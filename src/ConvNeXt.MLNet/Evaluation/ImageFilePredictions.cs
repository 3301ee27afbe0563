using System.Collections.Immutable;
using ConvNeXt.Backbone.Weights;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Evaluation;

/// <summary>Predictions for image files, without a pipeline around them.</summary>
public static class ImageFilePredictions
{
    /// <summary>
    /// Classifies image files, in batches. The files are read while the result is enumerated, some batches ahead; the order is kept. A file that cannot be read
    /// has a <see cref="ImagePrediction.Problem"/>, and the others are not affected. Relative paths are relative to the current folder of the process.
    /// </summary>
    /// <param name="model">The classifier.</param>
    /// <param name="paths">The files.</param>
    /// <param name="cancellation">Ends the enumeration with an <see cref="OperationCanceledException"/> before the next file.</param>
    public static IEnumerable<ImagePrediction> PredictFiles(
        this ConvNeXtClassificationTransformer model, IReadOnlyList<string> paths, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(paths);
        return Predict(model, paths, cancellation);
    }

    private static IEnumerable<ImagePrediction> Predict(ConvNeXtClassificationTransformer model, IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        const string Problem = "ConvNeXt.Problem";
        string image = ((ISingleFeaturePredictionTransformer<WeightSet>)model).FeatureColumnName;
        var definition = SchemaDefinition.Create(typeof(PathRow));
        definition[nameof(PathRow.Path)].ColumnName = image;
        IDataView files = new MLContext().Data.LoadFromEnumerable(paths.Select(path => new PathRow { Path = path }), definition);
        IDataView scored = model.WithImageRootFolder(null).WithProblemColumn(Problem).Transform(files);
        DataViewSchema.Column score = scored.Schema.Last(column => column.Type is VectorDataViewType { ItemType: NumberDataViewType });
        DataViewSchema.Column reason = scored.Schema[Problem];
        using DataViewRowCursor cursor = scored.GetRowCursor([score, reason]);
        ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(score);
        ValueGetter<ReadOnlyMemory<char>> getProblem = cursor.GetGetter<ReadOnlyMemory<char>>(reason);
        VBuffer<float> scores = default;
        ReadOnlyMemory<char> problem = default;
        foreach (string path in paths)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!cursor.MoveNext()) throw new InvalidOperationException("The model returned fewer rows than it was given.");
            getProblem(ref problem);
            if (problem.Length > 0)
            {
                yield return new ImagePrediction(path, [], problem.ToString());
                continue;
            }
            getScore(ref scores);
            yield return new ImagePrediction(path, [.. scores.DenseValues()], null);
        }
    }

    private sealed class PathRow
    {
        public string Path { get; set; } = "";
    }
}
