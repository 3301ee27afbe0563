using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Fuzzing.Inputs;

/// <summary>The undamaged model files: those that the tests keep, and other kinds that are made from one of them.</summary>
internal static class ModelSeeds
{
    /// <summary>Reads and makes the files.</summary>
    /// <param name="testData">The folder tests/data.</param>
    /// <returns>The entries of each file, in an order that is the same on each machine.</returns>
    public static (string Name, byte[] Content)[][] Create(string testData)
    {
        var ml = new MLContext(1);
        string[] files = [.. Directory.GetFiles(Path.Combine(testData, "mlnet"), "classifier*.zip").Order(StringComparer.Ordinal)];
        var classifier = (ConvNeXtClassificationTransformer)ml.Model.Load(files[0], out _);
        IDataView noImages = ml.Data.LoadFromEnumerable(Array.Empty<LabeledImage>());
        ITransformer Featurize(FeatureLevel level) => ml.Transforms.ConvNeXtFeaturizer(new ConvNeXtFeaturizingEstimator.Options
        {
            InputColumnName = nameof(LabeledImage.ImagePath),
            Model = classifier,
            Output = level,
        }).Fit(noImages);
        ITransformer[] made =
        [
            classifier.WithProblemColumn("Problem"),
            Featurize(FeatureLevel.Pooled),
            Featurize(FeatureLevel.Stage2),
            ml.Transforms.ConvNeXtPixels("Pixels", nameof(LabeledImage.ImagePath), classifier.Preprocessing).Fit(noImages),
        ];
        return [.. files.Select(File.ReadAllBytes).Concat(made.Select(model => Save(ml, model))).Select(ZipEntries.Read)];
    }

    private static byte[] Save(MLContext ml, ITransformer model)
    {
        using var file = new MemoryStream();
        ml.Model.Save(model, null, file);
        return file.ToArray();
    }
}
