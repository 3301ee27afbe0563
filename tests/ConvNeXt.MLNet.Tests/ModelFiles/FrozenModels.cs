using System.Text.Json;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.ModelFiles;

/// <summary>
/// Tiny models that earlier versions saved, with the scores they gave: one folder of tests/data/mlnet/frozen for each version. tests/data/mlnet/README.md says
/// how to add one.
/// </summary>
internal static class FrozenModels
{
    public const string Classifier = "classifier.zip", Featurizer = "featurizer.zip", InFolder = "classifier-in-folder.zip";

    /// <summary>The root folder that was stored in <see cref="InFolder"/>.</summary>
    public const string TrainingFolder = "/training/images";

    private static string Root { get; } = TestFolders.Data("mlnet", "frozen");

    /// <summary>The versions of which there are models.</summary>
    public static IEnumerable<string> Versions => Directory.GetDirectories(Root).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal);

    public static string FolderOf(string version) => Path.Combine(Root, version);

    public static string Find(string version, string file) => Path.Combine(Root, version, file);

    /// <summary>The scores that the models of a folder gave, by the SIMD registers that it computed with.</summary>
    public static Dictionary<string, float[]> ReadScores(string folder, string file) =>
        JsonSerializer.Deserialize<Dictionary<string, float[]>>(File.ReadAllText(ScoresPath(folder, file)))!;

    /// <summary>The outputs of a model for nine images, one after the other.</summary>
    public static float[] Score(ITransformer model, string column)
    {
        var context = new MLContext();
        IDataView images = context.Data.LoadFromEnumerable(TestImages.WriteFolder(TestFolders.CreateTemporary(), perClass: 3, seed: 5));
        IDataView scored = model.Transform(images);
        return [.. scored.GetColumn<float[]>(column).SelectMany(values => values)];
    }

    /// <summary>Saves models of the code as it is.</summary>
    public static void Write(string folder)
    {
        var context = new MLContext(seed: 1);
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 2);
        options.Config = TinyModel.Config with { Name = "frozen network", Widths = [4, 8, 12, 16] };
        options.ValidationSetFraction = 0.25f;
        options.ProblemColumnName = "Problem";
        options.Recipe = options.Recipe!.With(training => training with { CalibrateTemperature = true });
        ConvNeXtClassificationTransformer classifier = TinyModel.Fit(context, options);
        var featurizer = context.Transforms.ConvNeXtFeaturizer(new ConvNeXtFeaturizingEstimator.Options { Model = classifier, Output = FeatureLevel.Stage3 })
            .Fit(context.Data.LoadFromEnumerable(TinyModel.TestSet));

        Directory.CreateDirectory(folder);
        context.Model.Save(classifier, null, Path.Combine(folder, Classifier));
        context.Model.Save(featurizer, null, Path.Combine(folder, Featurizer));
        context.Model.Save(classifier.WithImageRootFolder(TrainingFolder), null, Path.Combine(folder, InFolder));
    }

    /// <summary>Adds the scores of this machine's registers to those that are recorded.</summary>
    public static void AddScores(string folder, string file, string column)
    {
        Dictionary<string, float[]> scores = File.Exists(ScoresPath(folder, file)) ? ReadScores(folder, file) : [];
        scores[SimdSupport.Description] = Score(new MLContext().Model.Load(Path.Combine(folder, file), out _), column);
        File.WriteAllText(ScoresPath(folder, file), JsonSerializer.Serialize(scores));
    }

    private static string ScoresPath(string folder, string file) => Path.Combine(folder, Path.ChangeExtension(file, ".json"));
}
