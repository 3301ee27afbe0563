using System.Runtime.InteropServices;
using Microsoft.ML.Transforms.Image.Decoding;

namespace Microsoft.ML.Transforms.Image.Encoding;

/// <summary>JPEG of quality 100 with halved chroma, as the official class writes it; alpha is lost.</summary>
internal static unsafe class JpegEncoder
{
    private const int Quality = 100, MaxSide = 65535;

    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, bool blueFirst)
    {
        if (width > MaxSide || height > MaxSide)
            throw new InvalidOperationException($"A JPEG image has at most {MaxSide} pixels a side, this one is {width} x {height}.");
        using TurboJpegHandle compressor = TurboJpegHandle.CreateCompressor();
        byte* encoded = null;
        CULong size = default;
        try
        {
            int result;
            fixed (byte* source = pixels)
                result = TurboJpeg.Compress(compressor, source, width, pitch: 0, height, blueFirst ? TurboJpeg.Bgra : TurboJpeg.Rgba,
                    &encoded, &size, TurboJpeg.Subsampling420, Quality, flags: 0);
            if (result != 0) throw new InvalidOperationException($"libjpeg-turbo could not encode the image: {TurboJpeg.LastError(compressor)}.");
            return new ReadOnlySpan<byte>(encoded, checked((int)size.Value)).ToArray();
        }
        finally
        {
            if (encoded != null) TurboJpeg.Free(encoded);
        }
    }
}
