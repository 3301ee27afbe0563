using System.Globalization;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Tests;

/// <summary>A small classifier that applications load: trained and saved by the library as it was built with the tests.</summary>
internal static class SavedModel
{
    private static readonly Lazy<string> LazyFile = new(TrainAndSave);

    /// <summary>The model file. Its input is the column ImagePath alone: the pipeline was fitted on labels that were keys already.</summary>
    public static string File => LazyFile.Value;

    /// <summary>Pictures that the model has not seen.</summary>
    public static string[] Pictures { get; } = [.. TinyModel.TestSet.Select(image => image.ImagePath)];

    /// <summary>What a program in Apps/ prints for each picture: the label, a bar, and the scores.</summary>
    public static string[] ExpectedLines()
    {
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(File, out _);
        var rows = ml.Data.LoadFromEnumerable(Pictures.Select(path => new Picture { ImagePath = path }));
        return [.. ml.Data.CreateEnumerable<Prediction>(model.Transform(rows), reuseRowObject: false).Select(prediction =>
            $"{prediction.PredictedLabel}|{string.Join(' ', prediction.Score.Select(score => score.ToString("R", CultureInfo.InvariantCulture)))}")];
    }

    private static string TrainAndSave()
    {
        var ml = new MLContext(seed: 1);
        IDataView images = TinyModel.WithKeys(ml, TinyModel.TrainingImages);
        var model = ml.MulticlassClassification.Trainers.ConvNeXt(TinyModel.CreateOptions(epochs: 12))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(images);
        string file = Path.Combine(TestFolders.CreateTemporary(), "model.zip");
        ml.Model.Save(model, images.Schema, file);
        return file;
    }

    private sealed class Picture
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
