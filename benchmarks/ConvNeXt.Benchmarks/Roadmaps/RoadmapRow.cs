using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Architecture.Roadmap;
using ConvNeXt.Benchmarks.Ablation;

namespace ConvNeXt.Benchmarks.Roadmaps;

/// <summary>A step and its runs.</summary>
/// <param name="Step">The step.</param>
/// <param name="Runs">Number of runs.</param>
/// <param name="Accuracy">Mean accuracy and its standard error.</param>
/// <param name="Difference">Mean difference from the step before it over the folds and seeds that both have, and its standard error; null without any.</param>
/// <param name="TrainAccuracy">Mean accuracy on the augmented training images.</param>
/// <param name="Parameters">Number of parameters.</param>
/// <param name="MultiplyAccumulates">Multiply-accumulates of an image.</param>
/// <param name="ImagesPerSecond">Training images a second, the median of the runs.</param>
internal sealed record RoadmapRow(
    RoadmapStep Step,
    int Runs,
    (double Mean, double Error) Accuracy,
    (double Mean, double Error)? Difference,
    double TrainAccuracy,
    long Parameters,
    long MultiplyAccumulates,
    double ImagesPerSecond)
{
    public static string[] Columns { get; } =
        ["step", "accuracy", "change", "in training", "parameters", "multiply-adds", "images/s", "runs", "paper: top-1", "paper: change"];

    /// <summary>Difference in the paper from the step before it, in points.</summary>
    public decimal? PaperChange { get; init; }

    public static RoadmapRow Of(RoadmapStep step, RoadmapRun[] runs, RoadmapRun[] before, int side)
    {
        var earlier = before.ToDictionary(run => (run.Seed, run.Fold), run => run.Accuracy);
        double[] differences = [.. runs.Where(run => earlier.ContainsKey((run.Seed, run.Fold))).Select(run => run.Accuracy - earlier[(run.Seed, run.Fold)])];
        return new RoadmapRow(
            step, runs.Length, MeanAndError([.. runs.Select(run => run.Accuracy)]), differences.Length == 0 ? null : MeanAndError(differences),
            runs.Average(run => run.TrainAccuracy), NetworkCost.Parameters(step.Network), NetworkCost.MultiplyAccumulates(step.Network, side, side),
            Repetition.Median(runs.Select(run => run.ImagesPerSecond)));
    }

    /// <summary>Whether the difference from the step before is larger than some of its standard errors.</summary>
    public bool IsChangedBeyond(double errors) => Difference is { Error: > 0 } difference && Math.Abs(difference.Mean) > errors * difference.Error;

    /// <summary>The step and its difference from the one before.</summary>
    public string Describe() => FormattableString.Invariant($"{Step.Name} ({100 * Difference.GetValueOrDefault().Mean:+0.0;-0.0} points)");

    /// <summary>The cells of <see cref="Columns"/>. The name of a step that later ones do not build on begins with a dash.</summary>
    public string[] Cells() =>
    [
        Step.IsBranch ? $"- {Step.Name}" : Step.Name,
        FormattableString.Invariant($"{Accuracy.Mean:0.000}\u00a0±\u00a0{Accuracy.Error:0.000}"),
        Difference is { } difference ? FormattableString.Invariant($"{difference.Mean:+0.000;-0.000}\u00a0±\u00a0{difference.Error:0.000}") : "",
        FormattableString.Invariant($"{TrainAccuracy:0.00}"),
        FormattableString.Invariant($"{Parameters / 1e6:0.000} M"),
        FormattableString.Invariant($"{MultiplyAccumulates / 1e6:0.0} M"),
        FormattableString.Invariant($"{ImagesPerSecond:0}"),
        FormattableString.Invariant($"{Runs}"),
        Step.Printed is { } printed ? FormattableString.Invariant($"{printed.Accuracy:0.00} %") : "",
        PaperChange is { } change ? FormattableString.Invariant($"{change:+0.00;-0.00}") : "",
    ];

    private static (double Mean, double Error) MeanAndError(double[] values) => (values.Average(), Summary.Deviation(values) / Math.Sqrt(values.Length));
}
