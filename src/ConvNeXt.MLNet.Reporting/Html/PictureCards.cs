using System.Text;
using ConvNeXt.MLNet.Evaluation;
using ConvNeXt.MLNet.Reporting.Pictures;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Reporting.Html;

/// <summary>
/// The pictures of a page. A picture can be in several sections, so each is in the style sheet once, as the background of a class, and cards refer to it.
/// </summary>
internal sealed class PictureCards
{
    private readonly PagePictures _pictures;
    private readonly Dictionary<string, int> _numbers;

    public PictureCards(PagePictures pictures) =>
        (_pictures, _numbers) = (pictures, pictures.Thumbnails.Keys.Index().ToDictionary(file => file.Item, file => file.Index, StringComparer.Ordinal));

    /// <summary>The rules of all pictures and heat maps.</summary>
    public string WriteStyles()
    {
        var css = new StringBuilder();
        foreach (var (file, number) in _numbers)
        {
            Thumbnail thumbnail = _pictures.Thumbnails[file];
            css.Append(Invariant($".t{number}{{aspect-ratio:{thumbnail.Width}/{thumbnail.Height};background-image:url({thumbnail.Uri})}}\n"));
            if (!_pictures.Heat.TryGetValue(file, out HeatMap? heat)) continue;
            HeatMapArea area = heat.Area;
            string place = Invariant($"left:{100 * area.Left:0.##}%;top:{100 * area.Top:0.##}%");
            string size = Invariant($"width:{100 * area.Width:0.##}%;height:{100 * area.Height:0.##}%");
            css.Append(Invariant($".h{number}{{{place};{size};background-image:url(data:image/png;base64,{Convert.ToBase64String(heat.ToPng(48))})}}\n"));
        }
        return css.ToString();
    }

    /// <summary>A list of cards.</summary>
    public static HtmlText List(IEnumerable<HtmlText> cards) => HtmlText.Of($"""<ul class="cards">{HtmlText.Join(cards)}</ul>""");

    /// <summary>A card: the pictures of the files, what is said about them, and their names.</summary>
    public HtmlText Card(IReadOnlyList<string> files, HtmlText text, bool showHeat = false)
    {
        HtmlText pictures = HtmlText.Join(files.Select(file => Picture(file, showHeat)));
        HtmlText names = HtmlText.Join(files.Select(file => HtmlText.Of($"""<code title="{file}">{ShortName(file)}</code>""")));
        return HtmlText.Of($"""<li><div class="pair">{pictures}</div><p>{text}</p>{names}</li>""");
    }

    private HtmlText Picture(string file, bool showHeat)
    {
        if (!_numbers.TryGetValue(file, out int number)) return HtmlText.Of($"""<div class="pic none">no picture</div>""");
        HtmlText heat = showHeat && _pictures.Heat.ContainsKey(file) ? HtmlText.Of($"""<div class="heat h{number}"></div>""") : default;
        return HtmlText.Of($"""<div class="pic t{number}" role="img" aria-label="{ShortName(file)}">{heat}</div>""");
    }

    /// <summary>The class folder and the name of a file.</summary>
    private static string ShortName(string file) => Path.GetFileName(Path.GetDirectoryName(file)) is { Length: > 0 } folder
        ? folder + "/" + Path.GetFileName(file)
        : Path.GetFileName(file);
}
