using ConvNeXt.MLNet.Reporting.Pictures;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Reporting.Html;

/// <summary>
/// The page of a report. The cell of the matrix that the address names (#cell-0-1) shows its pictures, by style alone.
/// </summary>
internal sealed class ReportPage
{
    private readonly ReportData _data;
    private readonly PictureCards _cards;
    private readonly int _worst;

    private ReportPage(ReportData data, PagePictures pictures) => (_data, _cards, _worst) = (data, new PictureCards(pictures), pictures.WorstMistakes);

    /// <summary>Returns the text of the page.</summary>
    public static string Write(ReportData data, PagePictures pictures) => new ReportPage(data, pictures).Write();

    private string Write()
    {
        HtmlSection[] sections =
        [
            new("mistakes", "Worst mistakes", Mistakes()),
            new("labels", "Probable label errors", Findings(ReportFindingKind.LabelError)),
            new("copies", "The same picture twice", Findings(ReportFindingKind.Leak, ReportFindingKind.Duplicate)),
            new("odd", "Unreadable and odd pictures", Findings(ReportFindingKind.Unreadable, ReportFindingKind.Odd)),
            new("confusion", "Confusion matrix", new ConfusionMatrix(_data, _cards).Write()),
            new("confidence", "Can the probabilities be trusted", Confidence()),
            new("classes", "Classes", Classes()),
            new("training", "Training", Training()),
            new("settings", "Settings and versions", Settings()),
        ];
        return HtmlPage.Write(_data.Title, _data.Verdict, Numbers(), sections, _cards.WriteStyles());
    }

    private (string Name, string Value)[] Numbers() =>
    [
        ("Accuracy", Percent(_data.Accuracy)),
        ("95 % interval", $"{Percent(_data.AccuracyInterval[0])} to {Percent(_data.AccuracyInterval[1])}"),
        ("Balanced accuracy", Percent(_data.BalancedAccuracy)),
        ($"Always '{_data.CommonestClass}'", Percent(_data.CommonestClassAccuracy)),
        ("Log loss", Invariant($"{_data.LogLoss:0.000}")),
        ("Calibration error", Percent(_data.CalibrationError)),
    ];

    private HtmlText Mistakes()
    {
        if (_data.Mistakes.Count == 0) return HtmlText.Of($"<p>None of the pictures is classified wrongly.</p>");
        ReportPicture[] worst = [.. _data.Mistakes.Take(_worst).Select(i => _data.Pictures[i])];
        HtmlText cards = PictureCards.List(worst.Select(picture => _cards.Card([picture.File], DescribeMistake(picture), showHeat: true)));
        return HtmlText.Of(
            $"""
            <p>The most confident of {_data.Mistakes.Count} mistakes. Heat shows where the model sees what speaks for its answer.</p>
            <input type="checkbox" id="heat" checked><label for="heat">Show heat maps</label>{cards}
            """);
    }

    private HtmlText DescribeMistake(ReportPicture picture)
    {
        HtmlText answer = HtmlText.Of($"<b>{_data.Classes[picture.Predicted].Label}</b> ({Percent(picture.Probability)})");
        return HtmlText.Of($"{answer}, labeled <b>{_data.Classes[picture.Label].Label}</b> ({Percent(picture.LabelProbability)})");
    }

    private HtmlText Findings(params IReadOnlyList<ReportFindingKind> kinds)
    {
        ReportFinding[] findings = [.. _data.Findings.Where(finding => kinds.Contains(finding.Kind))];
        if (findings.Length == 0) return _data.IsDataChecked ? HtmlText.Of($"<p>None found.</p>") : default;
        HtmlText cards = PictureCards.List(findings.Select(finding => _cards.Card(finding.Files, HtmlText.Of($"{finding.Text}"))));
        return HtmlText.Of($"<p>{findings.Length} to look at. A finding is a reason to look, not a proof.</p>{cards}");
    }

    private HtmlText Confidence()
    {
        HtmlText reliability = LineChart.Draw(
            "How often answers of about a probability are right", "probability", (0, 1), (0, 1),
            [new ChartLine("share of right answers", "a", [.. _data.Calibration.Select(bin => (bin.Probability, bin.Accuracy))], HasDots: true)],
            hasDiagonal: true);
        IEnumerable<ReportCoverage> answered = _data.Coverage.Where(point => point.Accuracy is not null);
        HtmlText coverage = LineChart.Draw(
            "Share of pictures with an answer, and share of right answers, by threshold", "say \"unsure\" below this probability", (0, 1), (0, 1),
            [
                new ChartLine("pictures with an answer", "b", [.. _data.Coverage.Select(point => (point.Threshold, point.Coverage))]),
                new ChartLine("right answers", "a", [.. answered.Select(point => (point.Threshold, point.Accuracy!.Value))]),
            ]);
        return HtmlText.Of(
            $"""
            <p>First: on the diagonal, a probability says how often the answer is right. Second: what a threshold for "unsure" costs and gains.</p>
            <div class="charts">{reliability}{coverage}</div>
            """);
    }

    private HtmlText Classes() =>
        HtmlPage.Table(["Class", "Pictures", "Recall", "95 %", "Precision"], _data.Classes.Select(Row));

    private static string[] Row(ReportClass label)
    {
        string interval = label.Images == 0 ? "-" : $"{Percent(label.RecallInterval[0])} to {Percent(label.RecallInterval[1])}";
        return [label.Label, Invariant($"{label.Images}"), Percent(label.Recall), interval, Percent(label.Precision)];
    }

    private HtmlText Training()
    {
        if (_data.Epochs.Count == 0) return default;
        double last = Math.Max(_data.Epochs.Max(epoch => epoch.Epoch), 2);
        double highest = _data.Epochs.Max(epoch => Math.Max(epoch.TrainLoss ?? 0, epoch.ValidationLoss ?? 0));
        HtmlText loss = LineChart.Draw(
            "Loss by epoch", "epoch: loss", (1, last), (0, highest > 0 ? highest * 1.05 : 1),
            [Curve("training", "b", epoch => epoch.TrainLoss), Curve("held-out pictures", "a", epoch => epoch.ValidationLoss)]);
        HtmlText accuracy = LineChart.Draw(
            "Accuracy by epoch", "epoch: accuracy", (1, last), (0, 1),
            [Curve("training", "b", epoch => epoch.TrainAccuracy), Curve("held-out pictures", "a", epoch => epoch.ValidationAccuracy)]);
        return HtmlText.Of(
            $"""
            <p>Training pictures are augmented, so they can be harder than held-out ones.</p>
            <div class="charts">{loss}{accuracy}</div>
            """);
    }

    private ChartLine Curve(string name, string style, Func<ReportEpoch, double?> value) =>
        new(name, style, [.. _data.Epochs.Where(epoch => value(epoch) is not null).Select(epoch => ((double)epoch.Epoch, value(epoch)!.Value))]);

    private HtmlText Settings()
    {
        HtmlText rows = HtmlText.Join(_data.Settings.Select(pair => HtmlText.Of($"""<tr><th scope="row">{pair.Key}</th><td>{pair.Value}</td></tr>""")));
        return HtmlText.Of($"""<div class="scroll" tabindex="0"><table class="text"><tbody>{rows}</tbody></table></div>""");
    }

    internal static string Percent(double? share) => share is { } value ? Invariant($"{100 * value:0} %") : "-";
}
