namespace ConvNeXt.Cli.Files;

/// <summary>The texts of generated files, which are resources of the tool.</summary>
internal static class Template
{
    /// <summary>Returns a text with values in the places that are marked for them.</summary>
    /// <param name="name">The name of the resource.</param>
    /// <param name="values">The marks, such as $MODEL$, and what takes their place.</param>
    public static string Fill(string name, IReadOnlyDictionary<string, string> values) =>
        values.Aggregate(Read($"ConvNeXt.Cli.Templates.{name}"), (text, value) => text.Replace(value.Key, value.Value, StringComparison.Ordinal));

    /// <summary>Returns the text of a resource.</summary>
    /// <param name="resource">Its full name.</param>
    public static string Read(string resource)
    {
        using Stream stream = typeof(Template).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
