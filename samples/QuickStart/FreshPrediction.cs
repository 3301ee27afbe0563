using System.Diagnostics;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Spectre.Console;

namespace QuickStart;

/// <summary>Predicts in a new process that has only the model file, as another app would.</summary>
internal static class FreshPrediction
{
    private const int Names = 3;

    /// <summary>Starts this program as a new process that loads the model and predicts.</summary>
    public static int Start(string model, IReadOnlyList<string> pictures)
    {
        AnsiConsole.WriteLine("a new process loads the model:");
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet") start.ArgumentList.Add(typeof(FreshPrediction).Assembly.Location);
        foreach (string argument in (string[])["predict", model, .. pictures]) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Loads a model and prints the most likely labels of each image.</summary>
    public static int Run(string model, IReadOnlyList<string> pictures)
    {
        try
        {
            var watch = Stopwatch.StartNew();
            var ml = new MLContext();
            ITransformer transformer = ml.Model.Load(model, out _);
            using var engine = ml.Model.CreatePredictionEngine<LabeledImage, Prediction>(transformer);
            VBuffer<ReadOnlyMemory<char>> labels = default;
            engine.OutputSchema[nameof(Prediction.Score)].GetSlotNames(ref labels);
            string[] names = [.. labels.DenseValues().Select(label => label.ToString())];
            foreach (string picture in pictures)
            {
                Prediction prediction = engine.Predict(new LabeledImage { ImagePath = picture });
                var likeliest = prediction.Score.Select((probability, label) => (probability, name: names[label])).OrderByDescending(item => item.probability).Take(Names);
                Console.WriteLine($"  {Path.Combine(Path.GetFileName(Path.GetDirectoryName(picture)) ?? "", Path.GetFileName(picture))}: {prediction.PredictedLabel}"
                    + $" ({string.Join(", ", likeliest.Select(item => $"{item.name} {item.probability:0.000}"))})");
            }
            Console.WriteLine($"  loaded and predicted {pictures.Count} images in {watch.Elapsed.TotalSeconds:0.00} s");
            return 0;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or FormatException or ArgumentException or InvalidOperationException)
        {
            Console.Error.WriteLine($"QuickStart: {exception.Message}");
            return 1;
        }
    }

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
