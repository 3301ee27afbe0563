using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images;
using Microsoft.Win32.SafeHandles;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>An image as its caller gave it: encoded bytes, or the path of a file.</summary>
internal readonly record struct ImageInput(ReadOnlyMemory<byte> Encoded, string? Path)
{
    /// <summary>The encoded bytes in an array of exactly their length.</summary>
    /// <exception cref="UnreadableImageException">The file cannot be read.</exception>
    /// <exception cref="ImageTooLargeException">The file has more bytes than allowed.</exception>
    public byte[] Read(ImagePaths paths, int maxBytes)
    {
        if (Path is null)
        {
            bool isWhole = System.Runtime.InteropServices.MemoryMarshal.TryGetArray(Encoded, out ArraySegment<byte> part) && part.Count == part.Array!.Length;
            return isWhole ? part.Array! : Encoded.ToArray();
        }
        return ReadFile(paths.Resolve(Path), Path, maxBytes);
    }

    private static byte[] ReadFile(string path, string name, int maxBytes)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            long length = RandomAccess.GetLength(file);
            ImageTooLargeException.ThrowIfLonger(length, maxBytes);
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
            int count = 0;
            while (count < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(count), count) is > 0 and int read) count += read;
            return count == bytes.Length ? bytes : bytes[..count];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UnreadableImageException($"Image '{name}' cannot be read: there is no such file.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UnreadableImageException($"Image '{name}' cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>An image is larger than the service accepts; the message says what is allowed.</summary>
internal sealed class ImageTooLargeException(string message) : Exception(message)
{
    public static void ThrowIfLonger(long bytes, int maxBytes)
    {
        if (bytes > maxBytes) throw new ImageTooLargeException(Invariant($"The image has {bytes:N0} bytes; at most {maxBytes:N0} are accepted."));
    }

    /// <summary>Checks the size that an encoded image says it has. Of the whole file: its beginning may hide the size behind other data.</summary>
    public static void ThrowIfMore(byte[] encoded, ImageDecodingOptions decoding, int maxPixels)
    {
        // Decoding says what is wrong with a file without a size.
        if (encoded.Length == 0 || SkiaDecoder.FindSize(encoded, encoded.Length, decoding) is not { } size) return;
        if ((long)size.Width * size.Height > maxPixels)
            throw new ImageTooLargeException(Invariant($"The image has {size.Width} x {size.Height} pixels; at most {maxPixels:N0} are accepted."));
    }
}
