using Microsoft.Win32.SafeHandles;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Training;

/// <summary>
/// The temporary file for images that are not files. Its size is reported when it becomes a burden, because decoded photos take some 36 MB each, and what
/// cannot be written is an error that names the way out.
/// </summary>
/// <param name="folder">The folder of the file.</param>
/// <param name="warn">Receives a warning about the size, once.</param>
internal sealed class TemporaryImageFile(string folder, Action<string>? warn = null) : IDisposable
{
    /// <summary>Number of images after which the final size can be estimated.</summary>
    public const int SampleCount = 100;

    /// <summary>Size that is worth a warning even if there is enough space.</summary>
    private const long LargeBytes = 4L << 30;

    /// <summary>Share of the free space that may be used without a warning.</summary>
    private const double UsableShare = 0.8;

    private const string Advice =
        "A column with the paths of the files needs no space there, so leave out LoadImages; MLContext.TempFilePath selects another folder.";

    private SafeFileHandle? _file;
    private int _count;
    private bool _warned;

    /// <summary>Number of images that are expected in all; null if it is not known.</summary>
    public long? ExpectedCount { get; set; }

    /// <summary>Length of the file in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Creates the file; null for a file in the folder that is deleted when it is closed.</summary>
    internal Func<SafeFileHandle>? Create { get; init; }

    /// <summary>Returns the free space of the folder in bytes; null for that of the system.</summary>
    internal Func<long>? FindFreeSpace { get; init; }

    /// <summary>Appends an image.</summary>
    /// <returns>Its offset in the file.</returns>
    /// <exception cref="IOException">The file cannot be created or written, such as for lack of space.</exception>
    public long Append(ReadOnlySpan<byte> bytes)
    {
        long offset = Length;
        try
        {
            _file ??= Create?.Invoke() ?? CreateFile();
            RandomAccess.Write(_file, bytes, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                Invariant($"The temporary file for training images in '{folder}' cannot be written after {offset / 1e6:N0} MB: {e.Message} ") + Advice, e);
        }

        Length += bytes.Length;
        _count++;
        CheckSize();
        return offset;
    }

    /// <summary>Reads an image.</summary>
    public void Read(long offset, Span<byte> bytes)
    {
        for (int done = 0; done < bytes.Length;)
        {
            int read = RandomAccess.Read(_file!, bytes[done..], offset + done);
            if (read == 0) throw new IOException("The temporary file that holds the training images is truncated.");
            done += read;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private void CheckSize()
    {
        if (_warned || warn is null || _count % SampleCount != 0) return;
        long each = Length / _count, all = Math.Max(_count, ExpectedCount ?? 0) * each;
        long? free = FreeSpace();
        bool fits = free is null || all - Length < UsableShare * free;
        if (all < LargeBytes && fits) return;
        _warned = true;
        string images = ExpectedCount is { } count ? Invariant($"{count:N0}") : Invariant($"the first {_count:N0}");
        string space = free is { } bytes ? Invariant($" {bytes / 1e9:N1} GB are free there.") : "";
        warn(Invariant($"The images are copied to a temporary file in '{folder}': {each / 1e6:N1} MB each, {all / 1e9:N1} GB for {images} images.") + space + " " + Advice);
    }

    private long? FreeSpace()
    {
        try
        {
            return FindFreeSpace?.Invoke() ?? new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null; // not every file system tells it
        }
    }

    private SafeFileHandle CreateFile()
    {
        string path = Path.Combine(folder, $"convnext-{Guid.NewGuid():N}.tmp");
        return File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
    }
}
