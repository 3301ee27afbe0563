namespace ConvNeXt.Cli.Files;

/// <summary>The texts of generated files, which are resources of the tool.</summary>
internal static class Template
{
    /// <summary>Returns a text with values in the places that are marked for them.</summary>
    /// <param name="name">The name of the resource.</param>
    /// <param name="values">The marks, such as $MODEL$, and what takes their place.</param>
    public static string Fill(string name, IReadOnlyDictionary<string, string> values)
    {
        using Stream stream = typeof(Template).Assembly.GetManifestResourceStream($"ConvNeXt.Cli.Templates.{name}")!;
        using var reader = new StreamReader(stream);
        return values.Aggregate(reader.ReadToEnd(), (text, value) => text.Replace(value.Key, value.Value, StringComparison.Ordinal));
    }
}
