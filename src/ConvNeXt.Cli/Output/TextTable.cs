namespace ConvNeXt.Cli.Output;

/// <summary>A table of text whose first column is aligned to the left and all others to the right.</summary>
internal static class TextTable
{
    /// <summary>Writes the table.</summary>
    public static void Write(TextWriter output, IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<string>[] lines = [header, .. rows];
        int[] widths = [.. Enumerable.Range(0, header.Count).Select(column => lines.Max(line => line[column].Length))];
        foreach (IReadOnlyList<string> line in lines)
            output.WriteLine(string.Join("  ", line.Select((cell, i) => i == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[i]))).TrimEnd());
    }
}
