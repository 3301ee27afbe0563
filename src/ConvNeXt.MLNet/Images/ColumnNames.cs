namespace ConvNeXt.MLNet.Images;

/// <summary>Column names for messages.</summary>
internal static class ColumnNames
{
    private const int Shown = 20;

    /// <summary>The names in quotes, the first twenty of them.</summary>
    public static string List(IEnumerable<string> names)
    {
        string[] all = [.. names.Distinct()];
        return all.Length == 0 ? "(none)" : string.Join(", ", all.Take(Shown).Select(name => $"'{name}'")) + (all.Length > Shown ? ", ..." : "");
    }
}
