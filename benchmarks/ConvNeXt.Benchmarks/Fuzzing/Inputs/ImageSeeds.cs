using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace ConvNeXt.Benchmarks.Fuzzing.Inputs;

/// <summary>The undamaged image files: those of the tests, and pictures that are encoded here, with an orientation tag where the format has one.</summary>
internal static class ImageSeeds
{
    private const int Width = 96, Height = 64;

    /// <summary>TIFF directory with one entry: orientation (0x0112), a short, 1 value, 6.</summary>
    private static readonly byte[] Exif = [.. "MM\0*\0\0\0\u0008"u8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];

    /// <summary>Reads and encodes the files.</summary>
    /// <param name="testData">The folder tests/data.</param>
    /// <returns>The files grouped by format, in an order that is the same on each machine.</returns>
    public static byte[][][] Create(string testData)
    {
        IEnumerable<string> names = Directory.GetFiles(Path.Combine(testData, "images")).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);
        // One of the expected pictures is a plain PNG; the others are of its kind.
        static bool IsExpected(string name) => name.Contains(".expected.", StringComparison.Ordinal) && name != "s444.expected.png";
        string[] used = [.. names.Where(name => name != "README.md" && !IsExpected(name))];
        List<(string Format, byte[] File)> seeds =
            [.. used.Select(name => (Path.GetExtension(name), File.ReadAllBytes(Path.Combine(testData, "images", name)))), .. Encode()];
        IEnumerable<IGrouping<string, byte[]>> formats = seeds.GroupBy(seed => seed.Format, seed => seed.File);
        return [.. formats.OrderBy(format => format.Key, StringComparer.Ordinal).Select(format => format.ToArray())];
    }

    private static IEnumerable<(string Format, byte[] File)> Encode()
    {
        byte[] pixels = new byte[Width * Height * 4];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i % 4 == 3 ? i / Width : i * i / 977 + i / Width);
        using var bitmap = new SKBitmap(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length);
        byte[] EncodeAs(SKEncodedImageFormat format, int quality)
        {
            using SKData data = bitmap.Encode(format, quality);
            return data.ToArray();
        }
        byte[] jpeg = EncodeAs(SKEncodedImageFormat.Jpeg, 80), png = EncodeAs(SKEncodedImageFormat.Png, 100);
        yield return (".jpg", jpeg);
        yield return (".jpg", [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(Exif.Length + 8), .. "Exif\0\0"u8, .. Exif, .. jpeg[2..]]);
        yield return (".png", png);
        const int afterHeader = 33;
        byte[] tagged = [.. png[..afterHeader], 0, 0, 0, (byte)Exif.Length, .. "eXIf"u8, .. Exif, 0, 0, 0, 0, .. png[afterHeader..]];
        ChunkRepair.Repair(tagged);
        yield return (".png", tagged);
        yield return (".webp", EncodeAs(SKEncodedImageFormat.Webp, 80));
        yield return (".webp", EncodeAs(SKEncodedImageFormat.Webp, 100));
        yield return (".bmp", EncodeBmp(pixels));
    }

    private static byte[] EncodeBmp(byte[] pixels)
    {
        const int HeaderLength = 54;
        byte[] file = [.. new byte[HeaderLength], .. pixels];
        "BM"u8.CopyTo(file);
        (int At, int Value)[] header = [(2, file.Length), (10, HeaderLength), (14, 40), (18, Width), (22, -Height), (26, 1 | 32 << 16)];
        foreach ((int at, int value) in header) BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);
        return file;
    }
}
