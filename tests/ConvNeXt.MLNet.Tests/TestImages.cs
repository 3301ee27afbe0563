using System.Buffers.Binary;
using ConvNeXt.MLNet;

namespace ConvNeXt.Tests;

/// <summary>Small pictures of three classes that a tiny network tells apart within seconds: stripes across, stripes down, and a disc.</summary>
internal static class TestImages
{
    public const int Size = 40;

    public static readonly string[] Labels = ["across", "disc", "down"];

    /// <summary>Writes BMP files into one folder per class.</summary>
    /// <returns>The images in the order of their paths.</returns>
    public static IReadOnlyList<LabeledImage> WriteFolder(string folder, int perClass, int seed = 1)
    {
        var random = new Random(seed);
        foreach (string label in Labels)
        {
            Directory.CreateDirectory(Path.Combine(folder, label));
            for (int i = 0; i < perClass; i++) File.WriteAllBytes(Path.Combine(folder, label, $"{i:D3}.bmp"), EncodeBmp(Size, Size, Draw(label, random)));
        }
        return ImageFolder.Enumerate(folder);
    }

    /// <summary>One picture, [Size, Size, 3] RGB.</summary>
    public static byte[] Draw(string label, Random random)
    {
        byte[] pixels = new byte[Size * Size * 3];
        double period = 6 + 6 * random.NextDouble(), phase = 10 * random.NextDouble(), radius = 8 + 6 * random.NextDouble();
        int bright = random.Next(150, 250), dark = random.Next(10, 90);
        for (int y = 0; y < Size; y++)
            for (int x = 0; x < Size; x++)
            {
                bool inside = label switch
                {
                    "across" => Math.Sin((y + phase) * 2 * Math.PI / period) > 0,
                    "down" => Math.Sin((x + phase) * 2 * Math.PI / period) > 0,
                    _ => Math.Pow(x - Size / 2.0, 2) + Math.Pow(y - Size / 2.0, 2) < radius * radius,
                };
                for (int channel = 0; channel < 3; channel++)
                    pixels[(y * Size + x) * 3 + channel] = (byte)Math.Clamp((inside ? bright : dark) + random.Next(-8, 9), 0, 255);
            }
        return pixels;
    }

    /// <summary>A 24-bit BMP.</summary>
    public static byte[] EncodeBmp(int width, int height, ReadOnlySpan<byte> rgb)
    {
        const int Header = 54;
        int rowBytes = (width * 3 + 3) / 4 * 4;
        byte[] file = new byte[Header + rowBytes * height];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), Header);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), 24);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                int from = (y * width + x) * 3, to = Header + (height - 1 - y) * rowBytes + x * 3;
                (file[to], file[to + 1], file[to + 2]) = (rgb[from + 2], rgb[from + 1], rgb[from]);
            }
        return file;
    }
}
