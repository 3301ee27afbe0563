namespace ConvNeXt.MLNet.Reporting.Html;

/// <summary>A section of a page.</summary>
/// <param name="Id">Its name in links.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Content">Its content; a section without any is left out.</param>
internal sealed record HtmlSection(string Id, string Title, HtmlText Content);

/// <summary>The frame of a page: one file without scripts that loads nothing, which its content security policy also forbids.</summary>
internal static class HtmlPage
{
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

    /// <summary>Returns the text of a page.</summary>
    /// <param name="title">The title, also above the heading.</param>
    /// <param name="heading">The heading: what the page says, in a sentence.</param>
    /// <param name="numbers">Names and values below the heading.</param>
    /// <param name="sections">The sections, to which links lead.</param>
    /// <param name="styles">Rules that follow those of the style sheet.</param>
    public static string Write(
        string title, string heading, IEnumerable<(string Name, string Value)> numbers, IEnumerable<HtmlSection> sections, string styles = "")
    {
        HtmlSection[] shown = [.. sections.Where(section => section.Content.Markup is { Length: > 0 })];
        HtmlText links = HtmlText.Join(shown.Select(section => HtmlText.Of($"""<a href="#{section.Id}">{section.Title}</a>""")));
        HtmlText pairs = HtmlText.Join(numbers.Select(number => HtmlText.Of($"<div><dt>{number.Name}</dt><dd>{number.Value}</dd></div>")));
        HtmlText body = HtmlText.Join(shown.Select(section => HtmlText.Of(
            $"""
            <section id="{section.Id}" aria-labelledby="{section.Id}-title">
            <h2 id="{section.Id}-title">{section.Title}</h2>{section.Content}</section>

            """)));
        return HtmlText.Of(
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="{Policy}">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title}</title>
            <link rel="icon" href="data:,">
            <style>{new HtmlText(StyleSheet.Text)}{new HtmlText(styles)}</style>
            </head>
            <body>
            <header><p class="kicker">{title}</p><h1>{heading}</h1><dl>{pairs}</dl><nav aria-label="Sections">{links}</nav></header>
            <main>{body}</main>
            </body>
            </html>

            """).Markup;
    }

    /// <summary>Returns a table that scrolls sideways where it is too wide. The first cell of a row is its heading.</summary>
    /// <param name="columns">Headings of the columns.</param>
    /// <param name="rows">The cells of each row.</param>
    public static HtmlText Table(IEnumerable<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        HtmlText header = HtmlText.Join(columns.Select(column => HtmlText.Of($"""<th scope="col">{column}</th>""")));
        HtmlText body = HtmlText.Join(rows.Select(row =>
            HtmlText.Of($"""<tr><th scope="row">{row[0]}</th>{HtmlText.Join(row.Skip(1).Select(cell => HtmlText.Of($"<td>{cell}</td>")))}</tr>""")));
        return HtmlText.Of(
            $"""
            <div class="scroll" tabindex="0"><table><thead><tr>{header}</tr></thead>
            <tbody>{body}</tbody></table></div>
            """);
    }
}
