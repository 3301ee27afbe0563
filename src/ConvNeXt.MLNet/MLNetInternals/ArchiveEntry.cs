using System.IO.Compression;
using System.Runtime.CompilerServices;
using Microsoft.ML;

namespace ConvNeXt.MLNet.MLNetInternals;

/// <summary>
/// A binary stream of a model file, read from the archive directly. ML.NET would unpack it to a temporary file first, which is one more writing and reading of all
/// weights.
/// </summary>
internal static class ArchiveEntry
{
    private const int MaxCompression = 1032; // deflate cannot compress further

    /// <summary>Opens an entry of the current component.</summary>
    /// <param name="ctx">The load context.</param>
    /// <param name="name">Name of the stream, as for <see cref="ModelLoadContext.TryLoadBinaryStream"/>.</param>
    /// <param name="length">Receives the number of bytes, which the stream ends before if the archive is damaged.</param>
    /// <returns>The stream, which cannot seek; null if there is no such entry, or if ML.NET keeps its archive in another way than it used to.</returns>
    /// <exception cref="InvalidDataException">The archive is damaged.</exception>
    public static Stream? TryOpen(ModelLoadContext ctx, string name, out long length)
    {
        length = 0;
        if (FindEntries(ctx) is not { } entries) return null;
        string path = Normalize(Path.Combine(ctx.Directory ?? "", name));
        if (entries.FirstOrDefault(item => Normalize(item.Key) == path).Value is not { } entry) return null;
        length = entry.Length;
        if (length > MaxCompression * (entry.CompressedLength + 1))
            throw new InvalidDataException($"The model file is damaged: '{name}' of {entry.CompressedLength} bytes cannot have {length} bytes unpacked.");
        return entry.Open();
    }

    private static Dictionary<string, ZipArchiveEntry>? FindEntries(ModelLoadContext ctx)
    {
        try
        {
            return ctx.Repository is { } repository ? Entries(repository) : null;
        }
        catch (MissingFieldException)
        {
            return null; // ModelFile then takes the way by the temporary file.
        }
    }

    private static string Normalize(string path) => path.Replace('\\', '/');

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_entries")]
    private static extern ref Dictionary<string, ZipArchiveEntry> Entries(RepositoryReader repository);
}
