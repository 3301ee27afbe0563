using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ConvNeXt.MLNet.Images;

/// <summary>The size of an image from the beginning of its file, without decoding.</summary>
internal static class ImageHeader
{
    /// <summary>The header of a JPEG can lie behind a thumbnail and a color profile.</summary>
    public const int MostBytes = 256 << 10;

    /// <summary>Reads the size of an image file.</summary>
    /// <returns>The size as decoded with the options; null if it cannot be told, whatever the reason.</returns>
    public static (int Width, int Height)? FindSize(string path, ImageDecodingOptions options)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            return FindSize(MostBytes, (bytes, offset) => RandomAccess.Read(file, bytes, offset), options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Reads the size of an encoded image.</summary>
    /// <param name="length">Bytes to read at most.</param>
    /// <param name="read">Reads at an offset and returns how many bytes it read; 0 at the end.</param>
    /// <param name="options">Whether the orientation is applied.</param>
    /// <returns>The size; null if it cannot be told.</returns>
    public static (int Width, int Height)? FindSize(int length, ReadAt read, ImageDecodingOptions options)
    {
        length = Math.Min(length, MostBytes);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            int count = 0;
            while (count < length && read(bytes.AsSpan(count, length - count), count) is > 0 and int more) count += more;
            return count == 0 ? null : SkiaDecoder.FindSize(bytes, count, options);
        }
        catch (Exception e) when (SkiaLibrary.IsAtFault(e))
        {
            return null; // decoding says so
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Reads bytes at an offset.</summary>
    internal delegate int ReadAt(Span<byte> bytes, long offset);
}
