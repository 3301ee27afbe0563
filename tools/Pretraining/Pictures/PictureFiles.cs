using System.IO.Compression;

namespace ConvNeXt.Pretraining.Pictures;

/// <summary>The encoded pictures of an unpacked package: files, entries of zip archives of any name, WebP pictures in Qt resource files, and gray pictures in IDX files.</summary>
internal static class PictureFiles
{
    private const int RiffHeader = 8;

    private static readonly string[] _readable = [".jpg", ".jpeg", ".png", ".webp"], _archives = [".zip", ".pk3", ".sh3f"];

    /// <summary>Lists a package in an order that is always the same; the bytes are read when they are asked for.</summary>
    public static IEnumerable<(string Path, Func<byte[]> Read)> Of(PicturePackage package, string folder)
    {
        string[] extensions = package.Extensions ?? _readable;
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (new FileInfo(file).LinkTarget is not null) continue;
            string extension = Path.GetExtension(file).ToLowerInvariant();
            if (extensions.Contains(extension) && IsUnder(package, file)) yield return (file, () => File.ReadAllBytes(file));
            else if (_archives.Contains(extension)) foreach (var entry in OfArchive(package, file, extensions)) yield return entry;
            else if (file.EndsWith(IdxPictures.Ending, StringComparison.Ordinal)) foreach (var entry in IdxPictures.Of(file)) yield return entry;
            else if (extension == ".rcc" && extensions.Contains(".webp")) foreach (var entry in OfResources(file)) yield return entry;
        }
    }

    private static bool IsUnder(PicturePackage package, string path) => package.Under is null || path.Contains($"/{package.Under}/", StringComparison.Ordinal);

    private static IEnumerable<(string Path, Func<byte[]> Read)> OfArchive(PicturePackage package, string file, string[] extensions)
    {
        using var archive = ZipFile.OpenRead(file);
        foreach (var entry in archive.Entries.OrderBy(entry => entry.FullName, StringComparer.Ordinal))
        {
            if (!extensions.Contains(Path.GetExtension(entry.Name).ToLowerInvariant()) || !IsUnder(package, $"/{entry.FullName}")) continue;
            yield return ($"{file}:{entry.FullName}", () => ReadEntry(entry));
        }
    }

    private static byte[] ReadEntry(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    // A Qt resource file stores pictures as they are, and a WebP picture says how long it is.
    private static IEnumerable<(string Path, Func<byte[]> Read)> OfResources(string file)
    {
        byte[] all = File.ReadAllBytes(file);
        for (int at = 0; (at = IndexOf(all, "RIFF"u8, at)) >= 0; at++)
        {
            if (at + RiffHeader + 4 > all.Length || !all.AsSpan(at + RiffHeader, 4).SequenceEqual("WEBP"u8)) continue;
            long length = RiffHeader + (long)BitConverter.ToUInt32(all, at + 4);
            int begin = at;
            if (at + length <= all.Length) yield return ($"{file}:{at}", () => all.AsSpan(begin, (int)length).ToArray());
        }
    }

    private static int IndexOf(byte[] all, ReadOnlySpan<byte> wanted, int from)
    {
        int found = all.AsSpan(from).IndexOf(wanted);
        return found < 0 ? -1 : from + found;
    }
}
