using static System.FormattableString;

namespace ConvNeXt.MLNet.Reporting.Html;

/// <summary>A bar of a chart.</summary>
/// <param name="Name">Its name, to the left.</param>
/// <param name="Value">Its length.</param>
/// <param name="Error">Half the length of the line at its end.</param>
/// <param name="Note">Text to the right.</param>
/// <param name="IsMinor">Whether it is drawn in the second color.</param>
internal sealed record ChartBar(string Name, double Value, double Error, string Note, bool IsMinor = false);

/// <summary>Draws horizontal bars with errors as SVG. Colors are in the style sheet, so that they follow the color scheme.</summary>
internal static class BarChart
{
    private const int Width = 860, Row = 26, BarHeight = 16, Left = 230, Right = 190, Top = 8, Bottom = 44, Ticks = 5;

    /// <summary>Draws a chart.</summary>
    /// <param name="description">What is seen, for readers of the page who do not see it.</param>
    /// <param name="axis">Title of the axis.</param>
    /// <param name="range">Range of the axis; bars begin at its lower end.</param>
    /// <param name="bars">The bars, from top to bottom.</param>
    public static HtmlText Draw(string description, string axis, (double From, double To) range, IReadOnlyList<ChartBar> bars)
    {
        int height = Top + (bars.Count * Row) + Bottom, end = Top + (bars.Count * Row);
        var parts = new List<HtmlText>();
        for (int tick = 0; tick <= Ticks; tick++)
        {
            double value = range.From + ((range.To - range.From) * tick / Ticks);
            parts.Add(HtmlText.Of($"""<line class="grid" x1="{At(value)}" x2="{At(value)}" y1="{Top}" y2="{end}"/>"""));
            parts.Add(HtmlText.Of($"""<text x="{At(value)}" y="{end + 17}" text-anchor="middle">{value}</text>"""));
        }
        parts.Add(HtmlText.Of($"""<text x="{(Left + Width - Right) / 2}" y="{height - 6}" text-anchor="middle">{axis}</text>"""));
        for (int i = 0; i < bars.Count; i++)
        {
            ChartBar bar = bars[i];
            int top = Top + (i * Row) + ((Row - BarHeight) / 2), middle = top + (BarHeight / 2);
            string style = bar.IsMinor ? "b" : "a";
            parts.Add(HtmlText.Of($"""<text x="{Left - 8}" y="{middle}" dy="4" text-anchor="end">{bar.Name}</text>"""));
            parts.Add(HtmlText.Of($"""<rect class="bar {style}" x="{Left}" y="{top}" width="{Text(Position(bar.Value) - Left)}" height="{BarHeight}"/>"""));
            parts.Add(HtmlText.Of($"""<line class="error" x1="{At(bar.Value - bar.Error)}" x2="{At(bar.Value + bar.Error)}" y1="{middle}" y2="{middle}"/>"""));
            parts.Add(HtmlText.Of($"""<text x="{Width - Right + 8}" y="{middle}" dy="4">{bar.Note}</text>"""));
        }
        return HtmlText.Of(
            $"""
            <div class="scroll" tabindex="0">
            <svg class="wide" viewBox="0 0 {Width} {height}" role="img" aria-label="{description}">{HtmlText.Join(parts)}</svg></div>

            """);

        string At(double value) => Text(Position(value));

        double Position(double value)
        {
            double share = (Math.Clamp(value, range.From, range.To) - range.From) / Math.Max(range.To - range.From, 1e-9);
            return Left + (share * (Width - Left - Right));
        }
    }

    private static string Text(double value) => Invariant($"{value:0.#}");
}
