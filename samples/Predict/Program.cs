using System.Diagnostics;
using ConvNeXt.MLNet;
using Microsoft.ML;

// Predict [--times] MODEL IMAGE...: prints the label of each image. With --times, also prints when each step ended, in milliseconds since process start.
bool tellsTimes = args is ["--times", ..];
string[] arguments = tellsTimes ? args[1..] : args;
if (arguments.Length < 2)
{
    Console.Error.WriteLine("Usage: Predict [--times] MODEL IMAGE...");
    return 1;
}

Tell("main");
var ml = new MLContext();
ITransformer model = ml.Model.Load(arguments[0], out _);
Tell("model loaded");
using var engine = ml.Model.CreatePredictionEngine<LabeledImage, Prediction>(model);
Tell("prediction engine created");
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
