using System.Text;
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
            if (Rows.Any(row => row.Runs < 2)) return $"{Set}: a step with a single run has no error, so nothing can be said about differences yet.";
            RoadmapRow first = Rows[0], last = Rows[^1];
            string[] sure = [.. Rows.Where(row => row.IsChangedBeyond(SureErrors)).Select(row => row.Describe())];
            string changes = sure.Length == 0
                ? "no step changes the accuracy by more than two standard errors"
                : $"beyond two standard errors: {string.Join(", ", sure)}";
            return FormattableString.Invariant($"{Set}: accuracy goes from {100 * first.Accuracy.Mean:0.0} % ({first.Step.Name}) ")
                + FormattableString.Invariant($"to {100 * last.Accuracy.Mean:0.0} % ({last.Step.Name}); {changes}.");
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
        text.Append("\nMeans over folds and seeds, ± their standard errors; the change is paired by fold and seed with the step before it.");
        return text.ToString();
    }
}
