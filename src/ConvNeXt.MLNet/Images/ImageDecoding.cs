using System.Buffers;
using ConvNeXt.Backbone.Imaging;
using Microsoft.ML.Data;
using Microsoft.Win32.SafeHandles;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Images;

/// <summary>Turns what a column held into pixels. MLImage decodes, whichever decoder the build of ML.NET has.</summary>
internal static class ImageDecoding
{
    /// <summary>The largest encoded file that is read.</summary>
    private const long MaxFileBytes = 512L << 20;

    private const int BytesPerPixel = 4;

    /// <summary>Decodes an image, into rented memory: the caller disposes the result.</summary>
    /// <param name="image">Path, bytes or pixels.</param>
    /// <exception cref="UnreadableImageException">It cannot be read; the message says why and, for a file, which.</exception>
    public static RgbImage Decode(in ImageReference image)
    {
        if (image.Pixels is not null) return image.Pixels;
        if (image.Encoded is not null) return Decode(image.Encoded, image.Encoded.Length, "The encoded image");
        if (string.IsNullOrEmpty(image.Path)) throw new UnreadableImageException("There is no image: the value is empty.");
        byte[] file = ReadFile(image.Path, out int length);
        try
        {
            return Decode(file, length, $"Image '{image.Path}'");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(file);
        }
    }

    /// <summary>Copies the pixels of an image that its owner may dispose into rented memory; transparency is dropped.</summary>
    public static RgbImage Copy(MLImage image)
    {
        int width = image.Width, height = image.Height;
        if ((long)width * height > EncodedImage.MaxPixels)
            throw new UnreadableImageException(Invariant($"The image is too large: {width} x {height} pixels, at most {EncodedImage.MaxPixels:N0} are taken."));
        ReadOnlySpan<byte> source = image.Pixels;
        RgbImage copy = RgbImage.Rent(width, height);
        byte[] pixels = copy.Pixels;
        (int red, int blue) = image.PixelFormat == MLPixelFormat.Rgba32 ? (0, 2) : (2, 0);
        int rowBytes = source.Length / height, at = 0;
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = source.Slice(y * rowBytes, width * BytesPerPixel);
            for (int x = 0; x < row.Length; x += BytesPerPixel, at += 3)
            {
                pixels[at] = row[x + red];
                pixels[at + 1] = row[x + 1];
                pixels[at + 2] = row[x + blue];
            }
        }
        return copy;
    }

    /// <summary>Reads a file into a rented array.</summary>
    private static byte[] ReadFile(string path, out int length)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            long size = RandomAccess.GetLength(file);
            if (size > MaxFileBytes)
                throw new UnreadableImageException(Invariant($"Image '{path}' cannot be read: the file has {size:N0} bytes, at most {MaxFileBytes:N0} are read."));
            byte[] bytes = ArrayPool<byte>.Shared.Rent((int)size);
            length = 0;
            while (length < size && RandomAccess.Read(file, bytes.AsSpan(length, (int)size - length), length) is > 0 and int read) length += read;
            return bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UnreadableImageException($"Image '{path}' cannot be read: there is no such file.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UnreadableImageException($"Image '{path}' cannot be read: {e.Message}", e);
        }
    }

    private static RgbImage Decode(byte[] encoded, int length, string what)
    {
        if (EncodedImage.FindProblem(encoded.AsSpan(0, length)) is { } problem) throw new UnreadableImageException($"{what} cannot be read: {problem}.");
        try
        {
            // Visible, so that a decoder may read the bytes where they are.
            using var stream = new MemoryStream(encoded, 0, length, writable: false, publiclyVisible: true);
            using MLImage image = MLImage.CreateFromStream(stream);
            return Copy(image);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or UnreadableImageException or DllNotFoundException or TypeInitializationException))
        {
            // Which exception a decoder throws for bytes it does not understand differs; a decoder that is not installed is another matter and passes.
            throw new UnreadableImageException($"{what} cannot be read: it is no image that can be decoded ({e.Message})", e);
        }
    }
}
