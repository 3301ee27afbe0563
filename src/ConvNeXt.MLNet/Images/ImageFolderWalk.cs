using ConvNeXt.MLNet.Images.Formats;

namespace ConvNeXt.MLNet.Images;

/// <summary>Walks through folders in the order of names, without those of the system and without loops of symbolic links; notes what is left out.</summary>
internal sealed class ImageFolderWalk
{
    private static readonly HashSet<string> SystemFolders = new(
        ["$RECYCLE.BIN", "System Volume Information", "@eaDir", "#recycle", "__MACOSX", "lost+found"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> SystemFiles = new(["Thumbs.db", "desktop.ini"], StringComparer.OrdinalIgnoreCase);

    private readonly List<SkippedPath> _skipped = [];
    private readonly List<string> _open = []; // real paths of the folders that are being walked through, from the outermost

    /// <param name="root">The folder whose folders are walked through.</param>
    public ImageFolderWalk(string root) => _open.Add(RealPath(root));

    /// <summary>What was left out so far.</summary>
    public IReadOnlyList<SkippedPath> Skipped => _skipped;

    /// <summary>Notes a file or folder that is left out.</summary>
    public void Skip(string path, string reason) => _skipped.Add(new SkippedPath(path, reason));

    /// <summary>The files of a folder that are to be seen.</summary>
    public IEnumerable<string> Files(string folder) => Sorted(Directory.EnumerateFiles(folder)).Where(file => !SystemFiles.Contains(Path.GetFileName(file)));

    /// <summary>The folders in a folder that are to be seen, without those of the system.</summary>
    public IEnumerable<string> Folders(string folder)
    {
        foreach (string inner in Sorted(Directory.EnumerateDirectories(folder)))
            if (SystemFolders.Contains(Path.GetFileName(inner))) Skip(inner, "it is a folder of the operating system");
            else yield return inner;
    }

    /// <summary>The image files of a folder and of the folders in it.</summary>
    public IEnumerable<string> Images(string folder)
    {
        string real = RealPath(folder);
        if (IsOpen(real))
        {
            Skip(folder, $"it is a link that leads back to '{real}'");
            yield break;
        }
        _open.Add(real);
        foreach (string file in Files(folder))
            if (FindProblem(file) is { } problem) Skip(file, problem);
            else yield return file;
        foreach (string inner in Folders(folder))
            foreach (string file in Images(inner)) yield return file;
        _open.RemoveAt(_open.Count - 1);
    }

    private static string? FindProblem(string file)
    {
        if (!File.Exists(file)) return "it is a link to a file that does not exist";
        if (ImageExtensions.IsDecoded(file)) return null;
        string extension = Path.GetExtension(file);
        return extension.Length == 0 ? "it has no extension" : $"files with the extension '{extension}' cannot be decoded";
    }

    /// <summary>Whether a folder is being walked through, or holds one that is.</summary>
    private bool IsOpen(string real) =>
        _open.Exists(open => open == real || open.StartsWith(Path.TrimEndingDirectorySeparator(real) + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    /// <summary>The path without a link at its end, and without those of the folders that it was reached through.</summary>
    private string RealPath(string folder)
    {
        if (Directory.ResolveLinkTarget(folder, returnFinalTarget: true) is { } target) return Path.TrimEndingDirectorySeparator(target.FullName);
        return _open.Count == 0 ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) : Path.Combine(_open[^1], Path.GetFileName(folder));
    }

    private static IEnumerable<string> Sorted(IEnumerable<string> paths) =>
        paths.Where(path => !Path.GetFileName(path).StartsWith('.')).OrderBy(Path.GetFileName, StringComparer.Ordinal);
}
