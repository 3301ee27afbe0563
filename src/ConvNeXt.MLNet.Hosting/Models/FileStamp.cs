using Microsoft.Win32.SafeHandles;

namespace ConvNeXt.MLNet.Hosting.Models;

/// <summary>What tells that a file has changed without reading it. Of an open file, so that links are followed, as those of Kubernetes volumes.</summary>
internal readonly record struct FileStamp(long Length, DateTime Written)
{
    public static FileStamp Of(SafeFileHandle file) => new(RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file));

    /// <summary>The stamp of a file; null while there is none that can be opened, as in the middle of a replacement.</summary>
    public static FileStamp? Find(string path)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            return Of(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
