using System.Globalization;
using Microsoft.ML;

// FreshProcess MODEL IMAGE...: prints one line per image, the label and the scores.
var context = new MLContext();
ITransformer model = context.Model.Load(args[0], out _);
using var engine = context.Model.CreatePredictionEngine<Photo, Prediction>(model);
foreach (string path in args.AsSpan(1))
{
    Prediction prediction = engine.Predict(new Photo { ImagePath = path });
    Console.WriteLine($"{prediction.PredictedLabel}|{string.Join(' ', prediction.Score.Select(score => score.ToString("R", CultureInfo.InvariantCulture)))}");
}

internal sealed class Photo
{
    public string ImagePath { get; set; } = "";

    public string Label { get; set; } = "";
}

internal sealed class Prediction
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}
