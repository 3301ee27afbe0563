namespace ConvNeXt.Benchmarks.Ablation;

/// <summary>
/// The text of a cell: mean and standard deviation of the accuracy, and the mean difference from the row it builds on with its standard error, over the
/// folds and seeds that both rows have.
/// </summary>
internal static class Summary
{
    /// <summary>Mean and standard deviation.</summary>
    public static string Of(double[] accuracies) => $"{accuracies.Average():0.000} +- {Deviation(accuracies):0.000}";

    /// <summary>The whole text.</summary>
    /// <param name="runs">Outcomes by fold and seed; null for a run that is missing.</param>
    /// <param name="others">The outcomes of the row it builds on, in the same order; empty if there is no such row.</param>
    public static string Of(IReadOnlyList<RunOutcome?> runs, IReadOnlyList<RunOutcome?> others)
    {
        RunOutcome[] done = [.. runs.OfType<RunOutcome>()];
        if (done.Length == 0) return "not run";
        string text = $"{Of([.. done.Select(run => run.Accuracy)])} (training {done.Average(run => run.TrainAccuracy):0.00})";
        double[] differences = [.. runs.Zip(others, (run, other) => run?.Accuracy - other?.Accuracy).OfType<double>()];
        if (differences.Length > 0) text += $", {differences.Average():+0.000;-0.000} +- {Deviation(differences) / Math.Sqrt(differences.Length):0.000}";
        return done.Length == runs.Count ? text : $"{text}; {done.Length} runs";
    }

    /// <summary>Standard deviation; 0 for less than two values.</summary>
    public static double Deviation(double[] values)
    {
        double mean = values.Average();
        return values.Length < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }
}
