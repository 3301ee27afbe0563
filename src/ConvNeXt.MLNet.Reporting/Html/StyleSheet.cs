namespace ConvNeXt.MLNet.Reporting.Html;

/// <summary>The style sheet of the page.</summary>
internal static class StyleSheet
{
    private static readonly Lazy<string> _text = new(() =>
    {
        using Stream stream = typeof(StyleSheet).Assembly.GetManifestResourceStream("ConvNeXt.MLNet.Reporting.report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    });

    public static string Text => _text.Value;
}
