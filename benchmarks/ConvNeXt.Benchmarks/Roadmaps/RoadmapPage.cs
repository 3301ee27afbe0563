using ConvNeXt.MLNet.Reporting.Html;

namespace ConvNeXt.Benchmarks.Roadmaps;

/// <summary>The study as a page: the paper's figure 2 for these images, and the table.</summary>
internal static class RoadmapPage
{
    /// <summary>Writes the page under a temporary name and renames it.</summary>
    public static void Write(string path, IReadOnlyList<RoadmapResult> results)
    {
        RoadmapSettings settings = results[0].Settings;
        (string, string)[] numbers =
        [
            ("Way", settings.Regime == Backbone.Architecture.Roadmap.RoadmapRegime.ResNet50 ? "ResNet-50 to ConvNeXt-T" : "ResNet-200 to ConvNeXt-B"),
            ("Widths", settings.Divisor == 1 ? "those of the paper" : $"1/{settings.Divisor} of the paper's"),
            ("Image side", $"{settings.Side} pixels"),
            ("Epochs", $"{settings.Epochs}"),
            ("Folds", $"{settings.Folds}"),
            ("Runs a step", string.Join(", ", results.Select(result => result.Rows.Count == 0 ? 0 : result.Rows.Min(row => row.Runs)).Distinct())),
        ];
        HtmlSection[] sections = [.. results.Where(result => result.Rows.Count > 0).SelectMany(Sections)];
        string temporary = path + ".new";
        File.WriteAllText(temporary, HtmlPage.Write("From ResNet to ConvNeXt", string.Join(" ", results.Select(result => result.Verdict)), numbers, sections));
        File.Move(temporary, path, overwrite: true);
    }

    private static HtmlSection[] Sections(RoadmapResult result)
    {
        double lowest = result.Rows.Min(row => row.Accuracy.Mean - row.Accuracy.Error);
        double highest = result.Rows.Max(row => row.Accuracy.Mean + row.Accuracy.Error);
        (double From, double To) range = (Math.Floor(lowest * 20) / 20, Math.Ceiling(highest * 20) / 20);
        HtmlText chart = BarChart.Draw(
            $"Accuracy of every step on {result.Set}", "accuracy (the axis does not begin at 0; lines: one standard error)", range,
            [
                .. result.Rows.Select(row => new ChartBar(
                    row.Step.Name, row.Accuracy.Mean, row.Accuracy.Error,
                    FormattableString.Invariant($"{100 * row.Accuracy.Mean:0.0} %, {row.MultiplyAccumulates / 1e6:0} M multiply-adds"), row.Step.IsBranch)),
            ]);
        HtmlText note = HtmlText.Of(
            $"""
            <p>All steps: same recipe, seeds and folds; one run trains on all folds but one and is measured on that one. Bars of the second color are steps that
            later ones do not build on. The errors are those over folds and seeds; of sixteen differences, about one exceeds two standard errors by chance.</p>
            """);
        return
        [
            new($"figure-{result.Set}", $"{result.Set}: accuracy by step", HtmlText.Join([note, chart])),
            new($"table-{result.Set}", $"{result.Set}: all figures", HtmlPage.Table(RoadmapRow.Columns, result.Rows.Select(row => row.Cells()))),
        ];
    }
}
