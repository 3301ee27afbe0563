using System.Globalization;
using System.Numerics.Tensors;
using ConvNeXt.Backbone.Training.Metrics;

namespace ConvNeXt.Benchmarks.Transfer;

/// <summary>
/// The probabilities of every test image, in a file beside that of the runs, and what a temperature changes about them. The temperature for a fold is fitted
/// to the other folds of the same seed, so it has not seen the images that it is measured on.
/// </summary>
internal sealed class TransferPredictions(string runs)
{
    private readonly string _file = runs + ".predictions";

    /// <summary>Adds the images of a run.</summary>
    /// <param name="key">Set, way, pictures a class, folds, seed and fold, each with a comma behind it.</param>
    /// <param name="probabilities">Of each image and class.</param>
    /// <param name="labels">The right class of each image.</param>
    public void Add(string key, IReadOnlyList<float[]> probabilities, IReadOnlyList<int> labels) => File.AppendAllLines(_file, probabilities.Select((row, i) =>
        FormattableString.Invariant($"{key}{labels[i]},{string.Join(',', row.Select(value => value.ToString("G6", CultureInfo.InvariantCulture)))}")));

    /// <summary>Prints calibration error and log loss without and with a temperature.</summary>
    public void PrintCalibration()
    {
        if (!File.Exists(_file)) return;
        Console.WriteLine("\n| set | pictures a class | way | temperature | calibration error | with temperature | log loss | with temperature | seeds |\n|---|---|---|---|---|---|---|---|---|");
        foreach (var way in File.ReadLines(_file).Select(Read).GroupBy(image => (image.Set, image.Count, image.Way)))
        {
            Scaled[] seeds = [.. way.GroupBy(image => image.Seed).Where(seed => seed.Select(image => image.Fold).Distinct().Count() > 1).Select(seed => Scale([.. seed]))];
            if (seeds.Length == 0) continue;
            string count = way.Key.Count == "0" ? "all" : way.Key.Count;
            Console.WriteLine(FormattableString.Invariant(
                $"| {way.Key.Set} | {count} | {way.Key.Way} | {Mean(seed => seed.Temperature):0.00} | {Mean(seed => seed.Before.CalibrationError):0.000} | {Mean(seed => seed.After.CalibrationError):0.000} | {Mean(seed => seed.Before.LogLoss):0.000} | {Mean(seed => seed.After.LogLoss):0.000} | {seeds.Length} |"));

            double Mean(Func<Scaled, double> value) => seeds.Average(value);
        }
        Console.WriteLine("\nCalibration error of all folds of a seed together, 15 bins; the temperature for a fold is fitted to the other folds.");
    }

    private static Scaled Scale(Image[] images)
    {
        float[][] scaled = new float[images.Length][];
        var temperatures = new List<double>();
        foreach (string fold in images.Select(image => image.Fold).Distinct())
        {
            Image[] others = [.. images.Where(image => image.Fold != fold)];
            double temperature = TemperatureScaling.Fit([.. others.Select(image => image.Logits)], [.. others.Select(image => image.Label)]);
            temperatures.Add(temperature);
            for (int i = 0; i < images.Length; i++)
                if (images[i].Fold == fold) scaled[i] = Softmax(images[i].Logits, temperature);
        }
        int[] labels = [.. images.Select(image => image.Label)];
        return new(temperatures.Average(), TransferScore.Of([.. images.Select(image => Softmax(image.Logits, 1))], labels), TransferScore.Of(scaled, labels));
    }

    private static float[] Softmax(float[] logits, double temperature)
    {
        float[] probabilities = new float[logits.Length];
        TensorPrimitives.Divide(logits, (float)temperature, probabilities);
        TensorPrimitives.SoftMax<float>(probabilities, probabilities);
        return probabilities;
    }

    private static Image Read(string line)
    {
        string[] words = line.Split(',');
        float[] logits = [.. words[7..].Select(word => MathF.Log(Math.Max(float.Parse(word, CultureInfo.InvariantCulture), 1e-9f)))];
        return new(words[0], words[1], words[2], words[4], words[5], int.Parse(words[6], CultureInfo.InvariantCulture), logits);
    }

    /// <summary>A test image; the logarithms of its probabilities are logits.</summary>
    private sealed record Image(string Set, string Way, string Count, string Seed, string Fold, int Label, float[] Logits);

    private sealed record Scaled(double Temperature, TransferScore Before, TransferScore After);
}
