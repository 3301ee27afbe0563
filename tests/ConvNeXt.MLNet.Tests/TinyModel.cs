using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests;

/// <summary>A model of three classes that is trained once for all tests, and the images that go with it.</summary>
internal static class TinyModel
{
    private static readonly string Folder = TestFolders.CreateTemporary();

    private static readonly Lazy<IReadOnlyList<LabeledImage>> LazyTraining = new(() => TestImages.WriteFolder(Path.Combine(Folder, "training"), 24, seed: 1));

    private static readonly Lazy<IReadOnlyList<LabeledImage>> LazyTest = new(() => TestImages.WriteFolder(Path.Combine(Folder, "test"), 10, seed: 2));

    private static readonly Lazy<ConvNeXtClassificationTransformer> LazyTransformer = new(() => Fit(new MLContext(seed: 1), CreateOptions(epochs: 12)));

    /// <summary>A network of some 30,000 parameters.</summary>
    public static ConvNeXtConfig Config { get; } = new() { Name = "test network", Depths = [1, 1, 1, 1], Widths = [8, 16, 24, 32], LayerScaleInit = null };

    public static IReadOnlyList<LabeledImage> TrainingImages => LazyTraining.Value;

    public static IReadOnlyList<LabeledImage> TestSet => LazyTest.Value;

    /// <summary>The trained model; it scores images, labels are not mapped back.</summary>
    public static ConvNeXtClassificationTransformer Transformer => LazyTransformer.Value;

    public static ConvNeXtTrainer.Options CreateOptions(int epochs) => new()
    {
        Config = Config,
        Recipe = new Recipe
        {
            Name = "test",
            DropPathRate = 0,
            Training = new TrainingOptions
            {
                Epochs = epochs,
                WarmupEpochs = epochs > 1 ? 1 : 0,
                LearningRate = 4e-3,
                Preprocessing = ImagePreprocessing.ForSize(32),
                Crop = null,
                HorizontalFlip = 0,
            },
        },
    };

    /// <summary>The training images with their label as a key.</summary>
    public static IDataView WithKeys(MLContext context, IEnumerable<LabeledImage> images)
    {
        IDataView view = context.Data.LoadFromEnumerable(images);
        return context.Transforms.Conversion.MapValueToKey("Label").Fit(view).Transform(view);
    }

    public static ConvNeXtClassificationTransformer Fit(MLContext context, ConvNeXtTrainer.Options options) => Fit(context, options, TrainingImages);

    public static ConvNeXtClassificationTransformer Fit(MLContext context, ConvNeXtTrainer.Options options, IEnumerable<LabeledImage> images) =>
        context.MulticlassClassification.Trainers.ConvNeXt(options).Fit(WithKeys(context, images));

    /// <summary>The scores of the first test images, one after the other.</summary>
    public static float[] Score(ConvNeXtClassificationTransformer model)
    {
        var context = new MLContext();
        var scored = model.Transform(WithKeys(context, TestSet.Take(5)));
        return [.. context.Data.CreateEnumerable<ScoredImage>(scored, reuseRowObject: false, ignoreMissingColumns: true).SelectMany(image => image.Score)];
    }
}

/// <summary>What tests read back from a scored view.</summary>
internal sealed class ScoredImage
{
    public string ImagePath { get; set; } = "";

    public uint PredictedLabel { get; set; }

    public float[] Score { get; set; } = [];
}
