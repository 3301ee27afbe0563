using Microsoft.ML.Transforms.Image.Decoding;

namespace Microsoft.ML.Transforms.Image.Encoding;

/// <summary>Writes pixels as the format that the file name's extension names: PNG or JPEG.</summary>
internal static class ImageEncoder
{
    // Named by the official class, which cannot write all of them either.
    private static readonly string[] _imageExtensions =
        [".bmp", ".gif", ".ico", ".astc", ".avif", ".dng", ".heif", ".ktx", ".pkm", ".wbmp", ".webp"];

    public static void Save(string imagePath, ReadOnlySpan<byte> pixels, int width, int height, bool blueFirst)
    {
        string extension = Path.GetExtension(imagePath) ?? "";
        byte[] encoded = extension.ToLowerInvariant() switch
        {
            ".png" => PngEncoder.Encode(pixels, width, height, blueFirst),
            ".jpg" or ".jpeg" => JpegEncoder.Encode(pixels, width, height, blueFirst),
            var known when _imageExtensions.Contains(known) =>
                throw new ArgumentException($"Images are not written as '{extension}'; use '.png' or '.jpg'.", nameof(imagePath)),
            _ => throw new ArgumentException($"'{imagePath}' has no extension of an image file; use '.png' or '.jpg'.", nameof(imagePath)),
        };

        string temporary = imagePath + "." + Path.GetRandomFileName();
        try
        {
            File.WriteAllBytes(temporary, encoded);
            File.Move(temporary, imagePath, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
