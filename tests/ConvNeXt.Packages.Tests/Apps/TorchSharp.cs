using System.Globalization;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.TorchSharp;

// MODEL PICTURE...: the label and the scores of each picture, computed by the TorchSharp engine, in an application that has ML.NET's TorchSharp trainers, too.
// Ends with 3 where TorchSharp does not find a libtorch that it can load.
try
{
    TorchSharp.torch.zeros(1).Dispose();
}
catch (Exception exception)
{
    Console.Error.WriteLine(exception.GetBaseException().Message);
    return 3;
}

var ml = new MLContext(seed: 1);
Console.Error.WriteLine(ml.MulticlassClassification.Trainers.TextClassification());

var links = (IEnumerable<ITransformer>)ml.Model.Load(args[0], out _);
var classifier = links.OfType<ConvNeXtClassificationTransformer>().Single().WithEngine(ConvNeXtEngine.TorchSharp);
var pictures = ml.Data.LoadFromEnumerable(args[1..].Select(path => new Picture { ImagePath = path }));
foreach (Prediction prediction in ml.Data.CreateEnumerable<Prediction>(classifier.Transform(pictures), reuseRowObject: false))
{
    string label = classifier.LabelNames[Array.IndexOf(prediction.Score, prediction.Score.Max())];
    Console.WriteLine($"{label}|{string.Join(' ', prediction.Score.Select(score => score.ToString("R", CultureInfo.InvariantCulture)))}");
}
return 0;

class Picture
{
    public string ImagePath { get; set; } = "";
}

class Prediction
{
    public float[] Score { get; set; } = [];
}
