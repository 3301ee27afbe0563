using System.Diagnostics;
using ConvNeXt.MLNet;
using Microsoft.ML;

// Predict MODEL PICTURE...: the label of each picture. With --times first it says, too, when each step was done, in milliseconds since the process was started.
bool tellsTimes = args is ["--times", ..];
string[] arguments = tellsTimes ? args[1..] : args;
if (arguments.Length < 2)
{
    Console.Error.WriteLine("Predict [--times] MODEL PICTURE...");
    return 1;
}

Tell("main");
var ml = new MLContext();
ITransformer model = ml.Model.Load(arguments[0], out _);
Tell("model loaded");
using var engine = ml.Model.CreatePredictionEngine<LabeledImage, Prediction>(model);
Tell("prediction engine made");
foreach (string picture in arguments.AsSpan(1))
{
    Prediction prediction = engine.Predict(new LabeledImage { ImagePath = picture });
    Console.WriteLine($"{picture}: {prediction.PredictedLabel} ({prediction.Score.Max():0.000})");
    Tell("predicted");
}
return 0;

void Tell(string step)
{
    if (tellsTimes) Console.Error.WriteLine($"{(DateTime.Now - Process.GetCurrentProcess().StartTime).TotalMilliseconds,7:0} ms  {step}");
}

internal sealed class Prediction
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}
