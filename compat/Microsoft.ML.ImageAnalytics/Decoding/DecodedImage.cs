using System.Buffers;

namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>What a decoder returns: four bytes a pixel (blue, green, red, alpha; alpha not multiplied in), rows top to bottom without padding.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Buffer">At least Width * Height * 4 bytes, of a shared pool; whoever has the image gives them back.</param>
/// <param name="HasAlpha">Whether alpha may be other than 255 somewhere.</param>
internal sealed record DecodedImage(int Width, int Height, byte[] Buffer, bool HasAlpha)
{
    /// <summary>The pixels in the buffer.</summary>
    public Span<byte> Pixels => Buffer.AsSpan(0, Width * Height * 4);

    /// <summary>Memory for the pixels of one image, with whatever it holds; the caller has checked the size. Photographs are large and live shortly, so it comes from a pool.</summary>
    public static byte[] AllocatePixels(int width, int height) => ArrayPool<byte>.Shared.Rent(width * height * 4);
}
