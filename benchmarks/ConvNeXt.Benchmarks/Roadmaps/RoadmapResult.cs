using System.Text;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Architecture.Roadmap;

namespace ConvNeXt.Benchmarks.Roadmaps;

/// <summary>What the runs of a study say about each step.</summary>
/// <param name="Set">Name of the images.</param>
/// <param name="Settings">What is the same for all steps.</param>
/// <param name="Rows">The steps that have runs, in order.</param>
internal sealed record RoadmapResult(string Set, RoadmapSettings Settings, IReadOnlyList<RoadmapRow> Rows)
{
    private const double SureErrors = 2;

    public static RoadmapResult Of(string set, RoadmapSettings settings, IReadOnlyList<RoadmapStep> steps, IReadOnlyList<string> lines)
    {
        var runs = RoadmapRun.Of(set, settings, lines).ToLookup(run => run.Step);
        var rows = new List<RoadmapRow>();
        RoadmapRow? before = null;
        foreach (RoadmapStep step in steps)
        {
            RoadmapRun[] own = [.. runs[step.Key]];
            if (own.Length == 0) continue;
            RoadmapRow row = RoadmapRow.Of(step, own, before is null ? [] : [.. runs[before.Step.Key]], settings.Side) with
            {
                PaperChange = step.Printed?.Accuracy - before?.Step.Printed?.Accuracy,
            };
            rows.Add(row);
            if (!step.IsBranch) before = row;
        }
        return new RoadmapResult(set, settings, rows);
    }

    /// <summary>The result in a sentence.</summary>
    public string Verdict
    {
        get
        {
            if (Rows.Count < 2) return $"{Set}: no runs yet.";
            RoadmapRow first = Rows[0], last = Rows[^1];
            RoadmapRow[] sure = [.. Rows.Where(row => row.Difference is { } difference && Math.Abs(difference.Mean) > SureErrors * difference.Error && difference.Error > 0)];
            string changes = sure.Length == 0
                ? "no step changes the accuracy by more than two standard errors"
                : $"beyond two standard errors: {string.Join(", ", sure.Select(row => FormattableString.Invariant($"{row.Step.Name} ({100 * row.Difference!.Value.Mean:+0.0;-0.0} points)")))}";
            return FormattableString.Invariant($"{Set}: from {first.Step.Name} to {last.Step.Name}, accuracy goes from {100 * first.Accuracy.Mean:0.0} % to {100 * last.Accuracy.Mean:0.0} %; {changes}.");
        }
    }

    /// <summary>The table as Markdown.</summary>
    public string ToTable()
    {
        var text = new StringBuilder();
        text.Append('\n').Append(Verdict).Append("\n\n| ").AppendJoin(" | ", RoadmapRow.Columns).Append(" |\n|");
        foreach (string _ in RoadmapRow.Columns) text.Append("---|");
        text.Append('\n');
        foreach (RoadmapRow row in Rows) text.Append("| ").AppendJoin(" | ", row.Cells()).Append(" |\n");
        text.Append("\nMeans over folds and seeds, +- their standard errors; the change is paired by fold and seed with the step before it.");
        return text.ToString();
    }
}

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
    RoadmapStep Step, int Runs, (double Mean, double Error) Accuracy, (double Mean, double Error)? Difference, double TrainAccuracy, long Parameters, long MultiplyAccumulates,
    double ImagesPerSecond)
{
    public static string[] Columns { get; } = ["step", "accuracy", "change", "in training", "parameters", "multiply-adds", "images/s", "runs", "paper: top-1", "paper: change"];

    public static RoadmapRow Of(RoadmapStep step, RoadmapRun[] runs, RoadmapRun[] before, int side)
    {
        var earlier = before.ToDictionary(run => (run.Seed, run.Fold), run => run.Accuracy);
        double[] differences = [.. runs.Where(run => earlier.ContainsKey((run.Seed, run.Fold))).Select(run => run.Accuracy - earlier[(run.Seed, run.Fold)])];
        return new RoadmapRow(
            step, runs.Length, MeanAndError([.. runs.Select(run => run.Accuracy)]), differences.Length == 0 ? null : MeanAndError(differences),
            runs.Average(run => run.TrainAccuracy), NetworkCost.Parameters(step.Network), NetworkCost.MultiplyAccumulates(step.Network, side, side),
            Repetition.Median(runs.Select(run => run.ImagesPerSecond)));
    }

    /// <summary>The cells of <see cref="Columns"/>.</summary>
    /// <returns>Texts; that of a step which later ones do not build on begins with a dash.</returns>
    public string[] Cells() =>
    [
        Step.IsBranch ? $"- {Step.Name}" : Step.Name,
        FormattableString.Invariant($"{Accuracy.Mean:0.000} +- {Accuracy.Error:0.000}"),
        Difference is { } difference ? FormattableString.Invariant($"{difference.Mean:+0.000;-0.000} +- {difference.Error:0.000}") : "",
        FormattableString.Invariant($"{TrainAccuracy:0.00}"),
        FormattableString.Invariant($"{Parameters / 1e6:0.000} M"),
        FormattableString.Invariant($"{MultiplyAccumulates / 1e6:0.0} M"),
        FormattableString.Invariant($"{ImagesPerSecond:0}"),
        FormattableString.Invariant($"{Runs}"),
        Step.Printed is { } printed ? FormattableString.Invariant($"{printed.Accuracy:0.00} %") : "",
        PaperChange is { } change ? FormattableString.Invariant($"{change:+0.00;-0.00}") : "",
    ];

    /// <summary>Difference in the paper from the step before it, in points.</summary>
    public decimal? PaperChange { get; init; }

    private static (double Mean, double Error) MeanAndError(double[] values)
    {
        double mean = values.Average(), squares = values.Sum(value => (value - mean) * (value - mean));
        return (mean, values.Length < 2 ? 0 : Math.Sqrt(squares / (values.Length - 1) / values.Length));
    }
}
