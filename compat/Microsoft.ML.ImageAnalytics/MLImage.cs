using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Transforms.Image;
using Microsoft.ML.Transforms.Image.Decoding;
using Microsoft.ML.Transforms.Image.Encoding;

namespace Microsoft.ML.Data;

// A decoded picture, four bytes a pixel; alpha is multiplied into the colours, as in the official type.
public sealed class MLImage : IDisposable
{
    private readonly int _width;
    private readonly int _height;
    private readonly MLPixelFormat _pixelFormat;
    private readonly bool _pooled;
    private byte[]? _pixels;
    private string? _tag;

    private MLImage(int width, int height, MLPixelFormat pixelFormat, byte[] pixels, bool pooled = false) =>
        (_width, _height, _pixelFormat, _pixels, _pooled) = (width, height, pixelFormat, pixels, pooled);

    public MLPixelFormat PixelFormat
    {
        get
        {
            AlivePixels();
            return _pixelFormat;
        }
    }

    public byte[] GetBGRPixels
    {
        get
        {
            ReadOnlySpan<byte> pixels = AlivePixels();
            var result = new byte[_width * _height * 3];
            int blue = _pixelFormat == MLPixelFormat.Bgra32 ? 0 : 2;
            for (int from = 0, to = 0; from < pixels.Length; from += 4, to += 3)
            {
                int alpha = pixels[from + 3];
                result[to] = PixelMath.DivideAlphaOut(pixels[from + blue], alpha);
                result[to + 1] = PixelMath.DivideAlphaOut(pixels[from + 1], alpha);
                result[to + 2] = PixelMath.DivideAlphaOut(pixels[from + 2 - blue], alpha);
            }
            return result;
        }
    }

    public ReadOnlySpan<byte> Pixels => AlivePixels();

    [AllowNull]
    public string Tag
    {
        get
        {
            AlivePixels();
            return _tag!;
        }

        set
        {
            AlivePixels();
            _tag = value;
        }
    }

    public int Width
    {
        get
        {
            AlivePixels();
            return _width;
        }
    }

    public int Height
    {
        get
        {
            AlivePixels();
            return _height;
        }
    }

    public int BitsPerPixel
    {
        get
        {
            AlivePixels();
            return 32;
        }
    }

    public static MLImage CreateFromStream(Stream imageStream)
    {
        ArgumentNullException.ThrowIfNull(imageStream);
        return CreateFromBytes(ReadRest(imageStream), nameof(imageStream), source: null);
    }

    public static MLImage CreateFromFile(string imagePath)
    {
        ArgumentNullException.ThrowIfNull(imagePath);
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(imagePath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"The image file '{imagePath}' cannot be read: {e.Message}", nameof(imagePath), e);
        }
        return CreateFromBytes(bytes, nameof(imagePath), imagePath);
    }

    public static MLImage CreateFromPixels(int width, int height, MLPixelFormat pixelFormat, ReadOnlySpan<byte> imagePixelData)
    {
        if (pixelFormat is not (MLPixelFormat.Bgra32 or MLPixelFormat.Rgba32))
            throw new ArgumentException($"The pixel format {pixelFormat} is not supported; Bgra32 and Rgba32 are.", nameof(pixelFormat));
        if (width <= 0) throw new ArgumentException($"The width is {width}; it must be positive.", nameof(width));
        if (height <= 0) throw new ArgumentException($"The height is {height}; it must be positive.", nameof(height));
        if (imagePixelData.Length != (long)width * height * 4)
            throw new ArgumentException($"{width} x {height} pixels take {(long)width * height * 4} bytes, {imagePixelData.Length} are given.",
                nameof(imagePixelData));
        return new MLImage(width, height, pixelFormat, imagePixelData.ToArray());
    }

    // The error names the source (a file, a column's value) where there is one.
    internal static MLImage CreateFromBytes(ReadOnlyMemory<byte> bytes, string parameterName, string? source)
    {
        DecodedImage decoded;
        try
        {
            decoded = ImageDecoder.Decode(bytes);
        }
        catch (InvalidDataException e)
        {
            throw new ArgumentException(source is null ? e.Message : $"The image '{source}' cannot be decoded. {e.Message}", parameterName, e);
        }
        if (decoded.HasAlpha) PixelMath.MultiplyAlphaIn(decoded.Pixels);
        return new MLImage(decoded.Width, decoded.Height, MLPixelFormat.Bgra32, decoded.Buffer, pooled: true);
    }

    public void Save(string imagePath)
    {
        ReadOnlySpan<byte> pixels = AlivePixels();
        ImageEncoder.Save(imagePath, pixels, _width, _height, blueFirst: _pixelFormat == MLPixelFormat.Bgra32);
    }

    // As with the official type, whose memory is native, a span of Pixels must not be used after this.
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _pixels, null) is { } pixels && _pooled) ArrayPool<byte>.Shared.Return(pixels);
    }

    // Filling keeps the pixel format; the other modes keep the aspect ratio and give opaque Bgra32.
    internal MLImage CloneWithResizing(int width, int height, ImageResizeMode mode)
    {
        ReadOnlySpan<byte> pixels = AlivePixels();
        if (mode == ImageResizeMode.Fill) return new MLImage(width, height, _pixelFormat, ImageResizer.Nearest(pixels, _width, _height, width, height));
        ImageResizer.Placement place = ImageResizer.Place(_width, _height, width, height, mode);
        byte[] resized = ImageResizer.Cubic(pixels, _width, _height, width, height, place);
        if (_pixelFormat == MLPixelFormat.Rgba32) PixelMath.SwapRedAndBlue(resized);
        return new MLImage(width, height, MLPixelFormat.Bgra32, resized);
    }

    internal MLImage CloneWithGrayscale()
    {
        ReadOnlySpan<byte> pixels = AlivePixels();
        var grey = new byte[pixels.Length];
        int blue = _pixelFormat == MLPixelFormat.Bgra32 ? 0 : 2;
        for (int i = 0; i < grey.Length; i += 4)
        {
            var mean = (byte)(0.3f * pixels[i + 2 - blue] + 0.59f * pixels[i + 1] + 0.11f * pixels[i + blue] + 0.5f);
            (grey[i], grey[i + 1], grey[i + 2], grey[i + 3]) = (mean, mean, mean, 255);
        }
        return new MLImage(_width, _height, MLPixelFormat.Bgra32, grey);
    }

    private ReadOnlySpan<byte> AlivePixels() =>
        (_pixels ?? throw new InvalidOperationException("Object is disposed.")).AsSpan(0, _width * _height * 4);

    private static ReadOnlyMemory<byte> ReadRest(Stream stream)
    {
        if (stream is MemoryStream memory && memory.TryGetBuffer(out ArraySegment<byte> buffer))
        {
            ReadOnlyMemory<byte> rest = buffer.AsMemory((int)Math.Min(memory.Position, buffer.Count));
            memory.Position = memory.Length;
            return rest;
        }
        using var copy = new MemoryStream(stream.CanSeek ? (int)Math.Clamp(stream.Length - stream.Position, 0, Array.MaxLength) : 0);
        stream.CopyTo(copy);
        return copy.GetBuffer().AsMemory(0, (int)copy.Length);
    }
}
