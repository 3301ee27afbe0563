using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images;
using Microsoft.Win32.SafeHandles;

namespace ConvNeXt.MLNet.Training;

/// <summary>
/// Stores the images of a data set for random access. Paths are kept as paths; encoded bytes and pixels, which a data view returns only once per pass, are
/// written to a temporary file that is deleted with the store. Images can be loaded from several threads at once, but must be added from one.
/// </summary>
internal sealed class ImageStore(string temporaryFolder, ImageDecodingOptions decoding) : IDisposable
{
    private const int BytesPerPixel = 3;

    private readonly List<Entry> _entries = [];
    private SafeFileHandle? _file;
    private long _length;

    /// <summary>How images are decoded.</summary>
    public ImageDecodingOptions Decoding => decoding;

    /// <summary>Adds an image.</summary>
    public void Add(in ImageReference image)
    {
        if (image.Pixels is { } pixels)
            using (pixels) Append(pixels.Pixels.AsSpan(0, pixels.Width * pixels.Height * BytesPerPixel), pixels.Width, pixels.Height);
        else if (image.Encoded is { } encoded) Append(encoded, 0, 0);
        else _entries.Add(new Entry { Path = image.Path ?? "" });
    }

    /// <summary>Adds an image that could not be read from the data view. Loading it throws with this message.</summary>
    public void AddUnreadable(string problem) => _entries.Add(new Entry { Problem = problem });

    /// <summary>Returns the path of an image, or null if it was added as bytes or pixels.</summary>
    public string? PathOf(int index) => _entries[index].Path is { Length: > 0 } path ? path : null;

    /// <summary>Decodes an image.</summary>
    /// <exception cref="UnreadableImageException">The image cannot be read.</exception>
    public RgbImage Load(int index)
    {
        Entry entry = _entries[index];
        if (entry.Problem is not null) throw new UnreadableImageException(entry.Problem);
        if (entry.Path is not null || _file is null) return ImageDecoding.Decode(new ImageReference(entry.Path, null, null), decoding);
        if (entry.Width > 0)
        {
            RgbImage image = RgbImage.Rent(entry.Width, entry.Height);
            Read(entry, image.Pixels);
            return image;
        }
        byte[] encoded = new byte[entry.Length];
        Read(entry, encoded);
        return ImageDecoding.Decode(new ImageReference(null, encoded, null), decoding);
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private void Append(ReadOnlySpan<byte> bytes, int width, int height)
    {
        _file ??= CreateFile();
        RandomAccess.Write(_file, bytes, _length);
        _entries.Add(new Entry { Offset = _length, Length = bytes.Length, Width = width, Height = height });
        _length += bytes.Length;
    }

    private void Read(in Entry entry, byte[] bytes)
    {
        for (int done = 0; done < entry.Length;)
        {
            int read = RandomAccess.Read(_file!, bytes.AsSpan(done, entry.Length - done), entry.Offset + done);
            if (read == 0) throw new IOException("The temporary file that holds the training images is truncated.");
            done += read;
        }
    }

    private SafeFileHandle CreateFile()
    {
        string path = Path.Combine(temporaryFolder, $"convnext-{Guid.NewGuid():N}.tmp");
        return File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
    }

    private readonly record struct Entry
    {
        public string? Path { get; init; }

        public string? Problem { get; init; }

        public long Offset { get; init; }

        public int Length { get; init; }

        /// <summary>Width in pixels if the bytes are pixels; 0 if they are an encoded image.</summary>
        public int Width { get; init; }

        public int Height { get; init; }
    }
}
