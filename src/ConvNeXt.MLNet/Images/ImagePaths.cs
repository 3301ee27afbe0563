using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.MLNet.Images;

/// <summary>
/// From the paths of a column to those of files. With a root folder every file must be in it, whatever a path says: paths of a service's callers must not
/// open other files.
/// </summary>
internal sealed class ImagePaths
{
    private readonly string? _folder;
    private readonly string _fullFolder;

    /// <param name="folder">What paths are relative to; null for the process's current folder, and for files anywhere.</param>
    public ImagePaths(string? folder) => (_folder, _fullFolder) = (folder, folder is null ? "" : Path.GetFullPath(folder));

    /// <summary>Returns what is wrong with a root folder, or null.</summary>
    public static string? FindProblem(string? folder)
    {
        if (folder is null) return null;
        return folder.Length == 0 ? "its image root folder is empty" : folder.Contains('\0') ? "its image root folder contains a null character" : null;
    }

    /// <summary>The path of a file.</summary>
    /// <exception cref="UnreadableImageException">The file is outside the root folder, or the path is not valid.</exception>
    public string Resolve(string path)
    {
        if (_folder is null) return path;
        try
        {
            string combined = Path.Combine(_folder, path);
            return IsInside(Path.GetFullPath(combined)) ? combined : throw Outside(path);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or IOException)
        {
            throw new UnreadableImageException($"Image '{path}' cannot be read: {e.Message}", e);
        }
    }

    private bool IsInside(string fullPath)
    {
        string relative = Path.GetRelativePath(_fullFolder, fullPath);
        return !Path.IsPathRooted(relative) && relative != ".." && !relative.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
    }

    private UnreadableImageException Outside(string path) => new(
        $"Image '{path}' cannot be read: it is outside of the image root folder '{_folder}'. Where files may be anywhere, use no root folder "
        + "(ImageRootFolder in training, WithImageRootFolder(null) of a model).");
}
