using System.Buffers;
using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Imaging;
using Microsoft.ML.Data;
using Microsoft.Win32.SafeHandles;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Images;

/// <summary>
/// Turns what a column held into pixels. What is wrong with one image is an <see cref="UnreadableImageException"/>; what is wrong with the decoding library
/// is an <see cref="InvalidOperationException"/> that ends the work.
/// </summary>
internal static class ImageDecoding
{
    private const int BytesPerPixel = 4;

    /// <summary>Decodes an image, into rented memory: the caller disposes the result.</summary>
    /// <param name="image">Path, bytes or pixels.</param>
    /// <param name="options">Orientation and transparency.</param>
    /// <param name="preprocessing">
    /// How the image will be resized, by which <see cref="ImageDecodingOptions.ReduceLargeJpegs"/> chooses a size; null for the full size.
    /// </param>
    /// <exception cref="UnreadableImageException">It cannot be read; the message says why and, for a file, which.</exception>
    /// <exception cref="InvalidOperationException">SkiaSharp cannot be used.</exception>
    public static RgbImage Decode(in ImageReference image, ImageDecodingOptions options, ImagePreprocessing? preprocessing = null)
    {
        if (image.Pixels is not null) return image.Pixels;
        if (image.Encoded is not null) return Decode(image.Encoded, image.Encoded.Length, options, preprocessing, "The encoded image");
        if (string.IsNullOrEmpty(image.Path)) throw new UnreadableImageException("There is no image: the value is empty.");
        byte[] file = ReadFile(image.Path, out int length);
        try
        {
            return Decode(file, length, options, preprocessing, $"Image '{image.Path}'");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(file);
        }
    }

    /// <summary>Copies the pixels of an image that its owner may dispose into rented memory, without transparency.</summary>
    /// <param name="image">The image.</param>
    /// <param name="options">What shows through transparent pixels; an MLImage has no orientation tag.</param>
    /// <exception cref="UnreadableImageException">It is too large, or disposed.</exception>
    /// <exception cref="InvalidOperationException">ML.NET cannot give the pixels with the SkiaSharp of the application.</exception>
    public static RgbImage Copy(MLImage image, ImageDecodingOptions options)
    {
        try
        {
            return CopyPixels(image, options);
        }
        catch (Exception e) when (SkiaLibrary.IsAtFault(e))
        {
            throw SkiaLibrary.CannotReadMLImage(e);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or UnreadableImageException))
        {
            throw new UnreadableImageException($"The MLImage cannot be read: {e.Message}", e); // disposed, mostly
        }
    }

    // By itself, so that a method that SkiaSharp does not have is noticed where it is caught.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RgbImage CopyPixels(MLImage image, ImageDecodingOptions options)
    {
        int width = image.Width, height = image.Height;
        if (ImageLimits.FindProblem(width, height) is { } problem) throw new UnreadableImageException($"The MLImage cannot be read: {problem}.");
        byte[] pixels = ArrayPool<byte>.Shared.Rent(width * height * BytesPerPixel);
        try
        {
            ReadOnlySpan<byte> source = image.Pixels;
            int rowBytes = source.Length / height, targetBytes = width * BytesPerPixel;
            for (int y = 0; y < height; y++) source.Slice(y * rowBytes, targetBytes).CopyTo(pixels.AsSpan(y * targetBytes));
            Span<byte> rgba = pixels.AsSpan(0, height * targetBytes);
            if (image.PixelFormat != MLPixelFormat.Rgba32)
                for (int i = 0; i < rgba.Length; i += BytesPerPixel) (rgba[i], rgba[i + 2]) = (rgba[i + 2], rgba[i]);
            GC.KeepAlive(image); // the span is over its native memory
            Transparency.ApplyToPremultiplied(rgba, options);
            return PixelLayout.ToRgb(rgba, width, height, orientation: 1);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    /// <summary>Reads a file into a rented array.</summary>
    private static byte[] ReadFile(string path, out int length)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            long size = RandomAccess.GetLength(file);
            if (size > ImageLimits.MaxFileBytes)
            {
                string sizes = Invariant($"the file has {size:N0} bytes, at most {ImageLimits.MaxFileBytes:N0} are read");
                throw new UnreadableImageException($"Image '{path}' cannot be read: {sizes}.");
            }
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

    private static RgbImage Decode(byte[] encoded, int length, ImageDecodingOptions options, ImagePreprocessing? preprocessing, string what)
    {
        if (length == 0) throw new UnreadableImageException($"{what} cannot be read: it is empty (0 bytes).");
        try
        {
            return SkiaDecoder.Decode(encoded, length, options, preprocessing);
        }
        catch (Exception e) when (SkiaLibrary.IsAtFault(e))
        {
            throw SkiaLibrary.CannotDecode(e);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new UnreadableImageException($"{what} cannot be read: {e.Message.TrimEnd('.')}.", e);
        }
    }
}
