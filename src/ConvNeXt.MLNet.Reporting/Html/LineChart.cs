using static System.FormattableString;

namespace ConvNeXt.MLNet.Reporting.Html;

/// <summary>A line of a chart.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Style">Its class in the style sheet: a or b.</param>
/// <param name="Points">Its points, from left to right.</param>
/// <param name="HasDots">Whether the points have dots.</param>
internal sealed record ChartLine(string Name, string Style, IReadOnlyList<(double X, double Y)> Points, bool HasDots = false);

/// <summary>Draws line charts as SVG. Colors are in the style sheet, so that they follow the color scheme.</summary>
internal static class LineChart
{
    private const int Width = 420, Height = 260, Left = 46, Right = 12, Top = 12, Bottom = 42, Ticks = 4;

    /// <summary>Draws a chart.</summary>
    /// <param name="description">What is seen, for readers of the page who do not see it.</param>
    /// <param name="xTitle">Title of the x axis.</param>
    /// <param name="x">Range of the x axis.</param>
    /// <param name="y">Range of the y axis.</param>
    /// <param name="lines">The lines.</param>
    /// <param name="hasDiagonal">Whether the line y = x is drawn.</param>
    public static HtmlText Draw(
        string description, string xTitle, (double From, double To) x, (double From, double To) y, IReadOnlyList<ChartLine> lines, bool hasDiagonal = false)
    {
        var parts = new List<HtmlText>();
        for (int tick = 0; tick <= Ticks; tick++)
        {
            double share = (double)tick / Ticks;
            string atX = Text(Left + (share * (Width - Left - Right))), atY = Text(Height - Bottom - (share * (Height - Top - Bottom)));
            parts.Add(HtmlText.Of($"""<line class="grid" x1="{Left}" x2="{Width - Right}" y1="{atY}" y2="{atY}"/>"""));
            parts.Add(HtmlText.Of($"""<text x="{Left - 7}" y="{atY}" dy="4" text-anchor="end">{y.From + (share * (y.To - y.From))}</text>"""));
            parts.Add(HtmlText.Of($"""<text x="{atX}" y="{Height - Bottom + 17}" text-anchor="middle">{x.From + (share * (x.To - x.From))}</text>"""));
        }
        parts.Add(HtmlText.Of($"""<text x="{(Left + Width - Right) / 2}" y="{Height - 6}" text-anchor="middle">{xTitle}</text>"""));
        if (hasDiagonal) parts.Add(Path("diagonal", [(x.From, y.From), (x.To, y.To)]));
        foreach (ChartLine line in lines.Where(line => line.Points.Count > 0))
        {
            parts.Add(Path("line " + line.Style, line.Points));
            if (line.HasDots)
                parts.AddRange(line.Points.Select(point =>
                    HtmlText.Of($"""<circle class="dot {line.Style}" cx="{AtX(point.X)}" cy="{AtY(point.Y)}" r="3.5"/>""")));
        }
        var legend = HtmlText.Join(lines.Select(line => HtmlText.Of($"""<span><i class="{line.Style}"></i>{line.Name}</span>""")));
        return HtmlText.Of(
            $"""
            <figure><svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{description}">{HtmlText.Join(parts)}</svg>
            <figcaption>{legend}</figcaption></figure>

            """);

        string AtX(double value) => Text(Left + ((value - x.From) / Math.Max(x.To - x.From, 1e-9) * (Width - Left - Right)));

        string AtY(double value)
        {
            double share = (Math.Clamp(value, y.From, y.To) - y.From) / Math.Max(y.To - y.From, 1e-9);
            return Text(Height - Bottom - (share * (Height - Top - Bottom)));
        }

        HtmlText Path(string style, IEnumerable<(double X, double Y)> points) =>
            HtmlText.Of($"""<polyline class="{style}" points="{string.Join(' ', points.Select(point => AtX(point.X) + "," + AtY(point.Y)))}"/>""");
    }

    private static string Text(double value) => Invariant($"{value:0.#}");
}
