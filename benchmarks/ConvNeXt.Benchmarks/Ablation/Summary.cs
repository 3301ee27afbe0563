namespace ConvNeXt.Benchmarks.Ablation;

/// <summary>
/// Runs of a line in a few words: mean and deviation, and the difference from the line that it builds on with its standard error, over the folds and seeds that both have.
/// </summary>
internal static class Summary
{
    public static string Of(double[] accuracies) => $"{accuracies.Average():0.000} +- {Deviation(accuracies):0.000}";

    /// <param name="runs">Outcomes by fold and seed; null where there is none.</param>
    /// <param name="others">Those of the line below, or none.</param>
    public static string Of(IReadOnlyList<RunOutcome?> runs, IReadOnlyList<RunOutcome?> others)
    {
        RunOutcome[] done = [.. runs.OfType<RunOutcome>()];
        if (done.Length == 0) return "not run";
        string text = $"{Of([.. done.Select(run => run.Accuracy)])} (training {done.Average(run => run.TrainAccuracy):0.00})";
        double[] differences = [.. runs.Zip(others, (run, other) => run?.Accuracy - other?.Accuracy).OfType<double>()];
        if (differences.Length > 0) text += $", {differences.Average():+0.000;-0.000} +- {Deviation(differences) / Math.Sqrt(differences.Length):0.000}";
        return done.Length == runs.Count ? text : $"{text}; {done.Length} runs";
    }

    private static double Deviation(double[] values)
    {
        double mean = values.Average();
        return values.Length < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }
}
