using System.Diagnostics;
using ConvNeXt.Benchmarks.Ablation;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace ConvNeXt.Benchmarks.Transfer;

/// <summary>
/// Official ML.NET without a download: the features of Microsoft.ML.DnnImageFeaturizer.ResNet18 at 224 pixels and a linear trainer. The features of an image do
/// not depend on the others, so they are computed once for a set; the time per image is added to that of training.
/// </summary>
internal sealed class ResNet18Peer
{
    private const int Side = 224, InnerFolds = 4;

    private static readonly float[] _penalties = [1, 0.1f, 0.01f, 0.001f];

    private readonly TransferSet _set;
    private readonly Lazy<(float[][] Features, double SecondsPerImage)> _features;

    public ResNet18Peer(TransferSet set) => (_set, _features) = (set, new(Featurize));

    /// <summary>Trains SDCA with its defaults.</summary>
    public (float[][] Probabilities, double Seconds) Sdca(int[] training, int[] test, int seed) =>
        Timed(training.Length, () => Train(training, test, seed, ml => ml.MulticlassClassification.Trainers.SdcaMaximumEntropy()));

    /// <summary>Trains L-BFGS with the L2 penalty that has the best accuracy on folds of the training images.</summary>
    public (float[][] Probabilities, double Seconds) Lbfgs(int[] training, int[] test, int seed) => Timed(training.Length, () =>
    {
        int[] folds = StratifiedFolds.Assign([.. training.Select(_set.LabelOf)], InnerFolds, seed);
        float best = _penalties.MaxBy(penalty => Enumerable.Range(0, InnerFolds).Sum(fold =>
        {
            int[] own = [.. training.Where((_, i) => folds[i] == fold)], others = [.. training.Where((_, i) => folds[i] != fold)];
            if (own.Length == 0 || others.Select(_set.LabelOf).Distinct().Count() < _set.Classes.Length) return 0;
            return TransferScore.Of(Lbfgs(others, own, seed, penalty), [.. own.Select(_set.LabelOf)]).Accuracy * own.Length;
        }));
        return Lbfgs(training, test, seed, best);
    });

    private float[][] Lbfgs(int[] training, int[] test, int seed, float penalty) =>
        Train(training, test, seed, ml => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(l2Regularization: penalty));

    private (float[][] Probabilities, double Seconds) Timed(int images, Func<float[][]> train)
    {
        double featurizing = _features.Value.SecondsPerImage * images;
        var watch = Stopwatch.StartNew();
        float[][] probabilities = train();
        return (probabilities, featurizing + watch.Elapsed.TotalSeconds);
    }

    private float[][] Train(int[] training, int[] test, int seed, Func<MLContext, IEstimator<ITransformer>> trainer)
    {
        var ml = new MLContext(seed);
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, _features.Value.Features[0].Length);
        schema[nameof(Row.Label)].ColumnType = new KeyDataViewType(typeof(uint), _set.Classes.Length);
        var model = trainer(ml).Fit(View(training));
        return [.. ml.Data.CreateEnumerable<Scored>(model.Transform(View(test)), reuseRowObject: false).Select(row => row.Score)];

        IDataView View(int[] items) => ml.Data.LoadFromEnumerable(items.Select(item => new Row { Features = _features.Value.Features[item], Label = (uint)_set.LabelOf(item) }), schema);
    }

    private (float[][] Features, double SecondsPerImage) Featurize()
    {
        var ml = new MLContext();
        var data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, _set.Count).Select(item => new Path { ImagePath = _set[item].ImagePath }));
        var pipeline = ml.Transforms.LoadImages("Image", "", nameof(Path.ImagePath))
            .Append(ml.Transforms.ResizeImages("Image", Side, Side))
            .Append(ml.Transforms.ExtractPixels("Pixels", "Image"))
            .Append(ml.Transforms.DnnFeaturizeImage("Features", model => model.ModelSelector.ResNet18(ml, model.OutputColumn, model.InputColumn), "Pixels"));
        var transformer = pipeline.Fit(data);
        var watch = Stopwatch.StartNew();
        float[][] features = [.. ml.Data.CreateEnumerable<Featurized>(transformer.Transform(data), reuseRowObject: false).Select(row => row.Features)];
        return (features, watch.Elapsed.TotalSeconds / features.Length);
    }

    private sealed class Path
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Featurized
    {
        public float[] Features { get; set; } = [];
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public uint Label { get; set; }
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
