using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images;

namespace ConvNeXt.MLNet.Training;

/// <summary>
/// Stores the images of a data set for random access. Paths are kept as paths; encoded bytes and pixels, which a data view returns only once per pass, are
/// written to a temporary file that is deleted with the store. Images can be loaded from several threads at once, but must be added from one.
/// </summary>
internal sealed class ImageStore(TemporaryImageFile file, ImageDecodingOptions decoding) : IDisposable
{
    private const int BytesPerPixel = 3;

    private readonly List<Entry> _entries = [];

    /// <summary>How images are decoded.</summary>
    public ImageDecodingOptions Decoding => decoding;

    /// <summary>Number of images that are expected in all; null if it is not known.</summary>
    public long? ExpectedCount
    {
        get => file.ExpectedCount;
        set => file.ExpectedCount = value;
    }

    /// <summary>Adds an image.</summary>
    /// <exception cref="IOException">The temporary file cannot be written.</exception>
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

    /// <summary>Returns the size of an image from its header, without decoding it; null if it cannot be told.</summary>
    public (int Width, int Height)? FindSize(int index)
    {
        Entry entry = _entries[index];
        if (entry.Problem is not null) return null;
        if (entry.Path is { } path) return ImageHeader.FindSize(path, decoding);
        if (entry.Width > 0) return (entry.Width, entry.Height);
        return ImageHeader.FindSize(entry.Length, Read, decoding);

        int Read(Span<byte> bytes, long offset)
        {
            bytes = bytes[..(int)Math.Clamp(entry.Length - offset, 0, bytes.Length)];
            file.Read(entry.Offset + offset, bytes);
            return bytes.Length;
        }
    }

    /// <summary>Decodes an image.</summary>
    /// <exception cref="UnreadableImageException">The image cannot be read.</exception>
    public RgbImage Load(int index)
    {
        Entry entry = _entries[index];
        if (entry.Problem is not null) throw new UnreadableImageException(entry.Problem);
        if (entry.Path is not null) return ImageDecoding.Decode(new ImageReference(entry.Path, null, null), decoding);
        if (entry.Width > 0)
        {
            RgbImage image = RgbImage.Rent(entry.Width, entry.Height);
            file.Read(entry.Offset, image.Pixels.AsSpan(0, entry.Length));
            return image;
        }
        byte[] encoded = new byte[entry.Length];
        file.Read(entry.Offset, encoded);
        return ImageDecoding.Decode(new ImageReference(null, encoded, null), decoding);
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Append(ReadOnlySpan<byte> bytes, int width, int height) =>
        _entries.Add(new Entry { Offset = file.Append(bytes), Length = bytes.Length, Width = width, Height = height });

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
