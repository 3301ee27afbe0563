using System.IO.Compression;

namespace ConvNeXt.Benchmarks.Fuzzing.Inputs;

/// <summary>The entries of a zip file, in memory.</summary>
internal static class ZipEntries
{
    private static readonly DateTimeOffset Time = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero); // not the current time: the same file in each run

    /// <summary>Reads all entries, in the order of their names.</summary>
    public static (string Name, byte[] Content)[] Read(byte[] file)
    {
        using var zip = new ZipArchive(new MemoryStream(file));
        return [.. zip.Entries.OrderBy(entry => entry.FullName, StringComparer.Ordinal).Select(entry => (entry.FullName, Read(entry)))];
    }

    /// <summary>Writes a zip file with these entries.</summary>
    public static byte[] Write(IEnumerable<(string Name, byte[] Content)> entries, CompressionLevel level)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
            foreach ((string name, byte[] content) in entries)
            {
                ZipArchiveEntry entry = zip.CreateEntry(name, level);
                entry.LastWriteTime = Time;
                using Stream stream = entry.Open();
                stream.Write(content);
            }
        return file.ToArray();
    }

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
