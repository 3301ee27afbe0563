namespace ConvNeXt.MLNet.Reporting.Html;

/// <summary>The confusion matrix. A cell is a link to its pictures, which are shown while the address names them.</summary>
internal sealed class ConfusionMatrix(ReportData data, PictureCards cards)
{
    /// <summary>The most classes that are drawn as a matrix; of more, the pairs that are confused are listed.</summary>
    private const int LargestMatrix = 30;

    public HtmlText Write()
    {
        int classes = data.Classes.Count;
        (int Label, int Predicted)[] cells =
        [
            .. Enumerable.Range(0, classes).SelectMany(label => Enumerable.Range(0, classes).Select(predicted => (label, predicted)))
                .Where(cell => data.Confusion[cell.label][cell.predicted] > 0),
        ];
        HtmlText panels = HtmlText.Join(cells.Select(cell => Panel(cell.Label, cell.Predicted)));
        HtmlText overview = classes <= LargestMatrix ? Table(classes) : Pairs(cells);
        return HtmlText.Of($"<p>Rows are labels, columns are answers. Select a number to see its pictures.</p>{overview}{panels}");
    }

    private HtmlText Table(int classes)
    {
        HtmlText header = HtmlText.Join(data.Classes.Select(label => HtmlText.Of($"""<th scope="col">{label.Label}</th>""")));
        HtmlText rows = HtmlText.Join(Enumerable.Range(0, classes).Select(label =>
        {
            HtmlText counts = HtmlText.Join(Enumerable.Range(0, classes).Select(predicted => Cell(label, predicted)));
            return HtmlText.Of($"""<tr><th scope="row">{data.Classes[label].Label}</th>{counts}</tr>""");
        }));
        return HtmlText.Of(
            $"""
            <div class="scroll" tabindex="0"><table class="matrix"><thead><tr><td></td>{header}</tr></thead><tbody>{rows}</tbody></table></div>
            """);
    }

    private HtmlText Cell(int label, int predicted)
    {
        int count = data.Confusion[label][predicted];
        if (count == 0) return HtmlText.Of($"""<td class="zero">0</td>""");
        int strength = (int)Math.Round(12 + (58.0 * count / Math.Max(1, data.Classes[label].Images)));
        string kind = label == predicted ? "right" : "wrong", description = $"{data.Classes[label].Label} as {data.Classes[predicted].Label}: {count}";
        return HtmlText.Of($"""<td class="{kind}" style="--s:{strength}%"><a href="#cell-{label}-{predicted}" aria-label="{description}">{count}</a></td>""");
    }

    private HtmlText Pairs((int Label, int Predicted)[] cells)
    {
        IEnumerable<(int Label, int Predicted, int Count)> confused =
            from cell in cells
            where cell.Label != cell.Predicted
            let count = data.Confusion[cell.Label][cell.Predicted]
            orderby count descending
            select (cell.Label, cell.Predicted, count);
        HtmlText links = HtmlText.Join(confused.Select(cell => HtmlText.Of(
            $"""<li><a href="#cell-{cell.Label}-{cell.Predicted}">{Title(cell.Label, cell.Predicted)}: {cell.Count}</a></li>""")));
        return HtmlText.Of($"""<ul class="pairs">{links}</ul>""");
    }

    private HtmlText Panel(int label, int predicted)
    {
        IEnumerable<ReportPicture> pictures = data.Pictures.Where(picture => picture.Label == label && picture.Predicted == predicted)
            .OrderByDescending(picture => picture.Probability);
        HtmlText list = PictureCards.List(pictures.Select(picture =>
            cards.Card([picture.File], HtmlText.Of($"{ReportPage.Percent(picture.Probability)}"))));
        return HtmlText.Of(
            $"""
            <div class="panel" id="cell-{label}-{predicted}" tabindex="-1"><h3>{Title(label, predicted)}</h3>
            <a class="close" href="#confusion">Close</a>{list}</div>
            """);
    }

    private string Title(int label, int predicted) => label == predicted
        ? $"{data.Classes[label].Label}, recognized"
        : $"{data.Classes[label].Label}, taken for {data.Classes[predicted].Label}";
}
