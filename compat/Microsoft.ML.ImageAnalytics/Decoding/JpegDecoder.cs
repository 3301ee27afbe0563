using System.Runtime.InteropServices;

namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>
/// JPEG through libjpeg-turbo, with its accurate integer DCT and smooth chroma upsampling: the pixels that Pillow and OpenCV read. The library only warns
/// when data is missing or damaged and paints the rest grey; here that is an error.
/// </summary>
internal static unsafe class JpegDecoder
{
    /// <summary>
    /// What libjpeg's warnings say that leave the picture whole: stray bytes between segments, and markers that say odd things about its colours or version.
    /// </summary>
    private static readonly string[] _harmlessWarnings = ["extraneous bytes before marker", "Unknown Adobe color transform", "unknown JFIF revision"];

    public static DecodedImage Decode(ReadOnlySpan<byte> data)
    {
        JpegHeader header = JpegHeader.Read(data);
        // Rented before the memory is taken, as the library may be missing.
        TurboJpegHandle decompressor = TurboJpegHandle.RentDecompressor();
        try
        {
            byte[] pixels = DecodedImage.AllocatePixels(header.Width, header.Height);
            bool cmyk = header.Components == 4;
            Decompress(decompressor, data, header, pixels, cmyk ? TurboJpeg.Cmyk : TurboJpeg.Bgra);
            if (cmyk) ConvertFromCmyk(pixels.AsSpan(0, header.Width * header.Height * 4));
            return new DecodedImage(header.Width, header.Height, pixels, HasAlpha: false);
        }
        finally
        {
            TurboJpegHandle.ReturnDecompressor(decompressor);
        }
    }

    private static void Decompress(TurboJpegHandle decompressor, ReadOnlySpan<byte> data, JpegHeader header, byte[] pixels, int pixelFormat)
    {
        int result;
        fixed (byte* source = data, target = pixels)
            result = TurboJpeg.Decompress(decompressor, source, new CULong((nuint)data.Length), target, header.Width, pitch: 0, header.Height,
                pixelFormat, TurboJpeg.LimitScans);
        if (result == 0) return;

        string message = TurboJpeg.LastError(decompressor);
        // Only the first warning is kept by the library, and a missing end may hide behind a harmless one.
        bool harmless = TurboJpeg.ErrorCode(decompressor) == TurboJpeg.Warning
            && _harmlessWarnings.Any(warning => message.Contains(warning, StringComparison.Ordinal))
            && data[header.FirstScan..].LastIndexOf([(byte)0xFF, (byte)0xD9]) >= 0;
        if (!harmless) throw new InvalidDataException($"JPEG: the data is damaged or truncated: {message}.");
    }

    /// <summary>Files with four components hold inverted inks, as Adobe's programs write them: 255 is no ink.</summary>
    private static void ConvertFromCmyk(Span<byte> pixels)
    {
        for (int i = 0; i < pixels.Length; i += 4)
        {
            int cyan = pixels[i], magenta = pixels[i + 1], yellow = pixels[i + 2], black = pixels[i + 3];
            pixels[i] = PixelMath.MultiplyDivide255(yellow, black);
            pixels[i + 1] = PixelMath.MultiplyDivide255(magenta, black);
            pixels[i + 2] = PixelMath.MultiplyDivide255(cyan, black);
            pixels[i + 3] = 255;
        }
    }
}
