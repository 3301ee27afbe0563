using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace ConvNeXt.MLNet.Reporting.Html;

/// <summary>
/// Text of a page. What is interpolated is encoded, unless it is another <see cref="HtmlText"/>; numbers are in the invariant culture.
/// </summary>
internal readonly record struct HtmlText(string Markup)
{
    private static readonly HtmlEncoder _encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public static HtmlText Of(FormattableString text) =>
        new(string.Format(CultureInfo.InvariantCulture, text.Format, text.GetArguments().Select(argument => (object?)Encode(argument)).ToArray()));

    public static HtmlText Join(IEnumerable<HtmlText> parts)
    {
        var text = new StringBuilder();
        foreach (HtmlText part in parts) text.Append(part.Markup);
        return new HtmlText(text.ToString());
    }

    /// <inheritdoc/>
    public override string ToString() => Markup;

    private static string Encode(object? value) => value switch
    {
        null => "",
        HtmlText html => html.Markup,
        string text => _encoder.Encode(text),
        double number => number.ToString("0.##", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => _encoder.Encode(value.ToString() ?? ""),
    };
}
