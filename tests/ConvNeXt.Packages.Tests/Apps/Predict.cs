using System.Globalization;
using Microsoft.ML;

// MODEL PICTURE...: the label and the scores of each picture. No type of ConvNeXt.MLNet is named here: the model file says what it needs.
var ml = new MLContext();
ITransformer model = ml.Model.Load(args[0], out _);
using var engine = ml.Model.CreatePredictionEngine<Picture, Prediction>(model);
foreach (string path in args[1..])
{
    Prediction prediction = engine.Predict(new Picture { ImagePath = path });
    Console.WriteLine($"{prediction.PredictedLabel}|{string.Join(' ', prediction.Score.Select(score => score.ToString("R", CultureInfo.InvariantCulture)))}");
}

class Picture
{
    public string ImagePath { get; set; } = "";
}

class Prediction
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}
