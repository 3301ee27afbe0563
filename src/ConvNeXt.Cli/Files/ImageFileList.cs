using System.IO.Enumeration;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet.Images.Formats;

namespace ConvNeXt.Cli.Files;

/// <summary>The image files that a command line names: files, folders and patterns.</summary>
internal static class ImageFileList
{
    private const string AnyFolders = "**";

    /// <summary>Lists the files, sorted by path (ordinal), each once.</summary>
    /// <param name="paths">Files, folders, or patterns with * and ? in names and ** for folders at any depth.</param>
    /// <param name="recursive">Whether to look in the subfolders of folders.</param>
    /// <exception cref="DataUnusableException">There are no images.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths, bool recursive)
    {
        string[] all = [.. paths.SelectMany(path => Expand(path, recursive)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (all.Length == 0)
            throw new DataUnusableException("There are no images" + (recursive ? "." : "; --recursive looks in subfolders, too."));
        return all;
    }

    // A file that does not exist stays in the list, so that it is reported beside the others.
    private static IEnumerable<string> Expand(string path, bool recursive)
    {
        if (Directory.Exists(path))
        {
            var options = new EnumerationOptions { RecurseSubdirectories = recursive, IgnoreInaccessible = true };
            return Directory.EnumerateFiles(path, "*", options).Where(ImageExtensions.IsDecoded);
        }
        return !File.Exists(path) && path.AsSpan().ContainsAny('*', '?') ? Match(path) : [path];
    }

    private static IEnumerable<string> Match(string pattern)
    {
        string root = Path.GetPathRoot(pattern) ?? "";
        string[] parts = pattern[root.Length..].Split(['/', Path.DirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        return Match(root, parts).Where(ImageExtensions.IsDecoded);
    }

    private static IEnumerable<string> Match(string folder, ReadOnlyMemory<string> parts)
    {
        string part = parts.Span[0], start = folder.Length == 0 ? "." : folder;
        bool isLast = parts.Length == 1;
        if (part == AnyFolders)
        {
            ReadOnlyMemory<string> rest = isLast ? new[] { "*" } : parts[1..];
            foreach (string file in Match(folder, rest)) yield return file;
            foreach (string inner in Names(Directory.EnumerateDirectories(start)))
                foreach (string file in Match(Path.Combine(folder, inner), parts)) yield return file;
        }
        else if (!part.AsSpan().ContainsAny('*', '?'))
        {
            string path = Path.Combine(folder, part);
            if (isLast && File.Exists(path)) yield return path;
            else if (!isLast && Directory.Exists(path))
                foreach (string file in Match(path, parts[1..])) yield return file;
        }
        else
        {
            IEnumerable<string> entries = isLast ? Directory.EnumerateFiles(start) : Directory.EnumerateDirectories(start);
            foreach (string name in Names(entries).Where(name => FileSystemName.MatchesSimpleExpression(part, name, ignoreCase: OperatingSystem.IsWindows())))
                if (isLast) yield return Path.Combine(folder, name);
                else
                    foreach (string file in Match(Path.Combine(folder, name), parts[1..])) yield return file;
        }
    }

    private static IEnumerable<string> Names(IEnumerable<string> paths) => paths.Select(path => Path.GetFileName(path)!);
}
