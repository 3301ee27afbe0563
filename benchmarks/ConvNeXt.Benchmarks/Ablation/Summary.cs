namespace ConvNeXt.Benchmarks.Ablation;

/// <summary>Runs of a line in a few words: mean and deviation, and the difference from the line that it builds on, which had the same folds and seeds.</summary>
internal static class Summary
{
    public static string Of(double[] accuracies) => $"{accuracies.Average():0.000} +- {Deviation(accuracies):0.000}";

    public static string Of(IReadOnlyList<RunOutcome> runs, IReadOnlyList<RunOutcome?> others)
    {
        double[] accuracies = [.. runs.Select(run => run.Accuracy)];
        string text = $"{Of(accuracies)} (training {runs.Average(run => run.TrainAccuracy):0.00})";
        if (others.Count != runs.Count || others.Any(other => other is null)) return text;
        double[] differences = [.. accuracies.Zip(others, (accuracy, other) => accuracy - other!.Accuracy)];
        return $"{text}, {differences.Average():+0.000;-0.000} +- {Deviation(differences) / Math.Sqrt(differences.Length):0.000}";
    }

    private static double Deviation(double[] values)
    {
        double mean = values.Average();
        return values.Length < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }
}
