namespace ConvNeXt.Benchmarks;

/// <summary>Finished runs as lines of a CSV file, so that a benchmark that was interrupted continues, and later ones add to it.</summary>
internal sealed class RunFile
{
    private readonly List<string> _lines;

    /// <summary>Reads the file, or begins it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="header">Its first line.</param>
    public RunFile(string path, string header)
    {
        Path = path;
        _lines = File.Exists(path) ? [.. File.ReadAllLines(path).Skip(1)] : [];
        if (_lines.Count == 0) File.WriteAllText(path, header + "\n");
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The lines without the header.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Whether there is a line of a run.</summary>
    /// <param name="key">How the line begins, up to a comma.</param>
    public bool Has(string key) => _lines.Exists(line => line.StartsWith(key, StringComparison.Ordinal));

    /// <summary>Adds the lines of a run, which are on the disk when this returns.</summary>
    public void Add(params IReadOnlyList<string> lines)
    {
        File.AppendAllLines(Path, lines);
        _lines.AddRange(lines);
    }
}
