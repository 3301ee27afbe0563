using System.Buffers.Binary;
using System.IO.Compression;
using SkiaSharp;

namespace ConvNeXt.Pretraining.Pictures;

/// <summary>
/// The gray pictures of a compressed file in the format of MNIST (IDX, three dimensions of bytes), in which the ground is 0 and the object is a negative: each becomes
/// an object on a transparent ground, six times as large, with its own light and shade.
/// </summary>
internal static class IdxPictures
{
    /// <summary>Ending of such a file.</summary>
    public const string Ending = "-images-idx3-ubyte.gz";

    private const int BytesThreeDimensions = 0x0803, HeaderBytes = 16, Enlargement = 6;

    /// <summary>Values from here on belong to the object wherever they are; darker ones where the object surrounds them.</summary>
    private const byte LeastOfObject = 12;

    /// <summary>Part of a value by which the object is darker than white: its color or fabric stays visible in the darkest.</summary>
    private const double Shade = 0.75;

    /// <summary>Of an edge pixel's mask: what each has, and how fast it grows with the value.</summary>
    private const int LeastOfEdge = 60, EdgeGain = 2;

    /// <summary>How much steeper an edge of the mask becomes than enlarging makes it.</summary>
    private const double Steepness = 2;

    private const double HalfMask = 127.5;

    /// <summary>Lists the pictures in the order of the file; each is encoded when it is asked for.</summary>
    public static IEnumerable<(string Path, Func<byte[]> Read)> Of(string file)
    {
        byte[] all = Unpack(file);
        if (all.Length < HeaderBytes || BinaryPrimitives.ReadInt32BigEndian(all) != BytesThreeDimensions) throw new InvalidDataException($"{file} is not an IDX file of three dimensions of bytes: it should begin with 00 00 08 03.");
        int count = BinaryPrimitives.ReadInt32BigEndian(all.AsSpan(4)), height = BinaryPrimitives.ReadInt32BigEndian(all.AsSpan(8)), width = BinaryPrimitives.ReadInt32BigEndian(all.AsSpan(12));
        if (width < 1 || height < 1 || all.Length - HeaderBytes != (long)count * width * height) throw new InvalidDataException($"{file} has {all.Length} bytes unpacked; {count} pictures of {width} x {height}, as it says, have {HeaderBytes + ((long)count * width * height)}.");
        for (int i = 0; i < count; i++)
        {
            int begin = HeaderBytes + (i * width * height);
            yield return ($"{file}:{i}", () => Encode(all.AsSpan(begin, width * height), width, height));
        }
    }

    private static byte[] Unpack(string file)
    {
        using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    private static byte[] Encode(ReadOnlySpan<byte> values, int width, int height)
    {
        bool[] ground = Ground(values, width, height);
        using var small = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = Writable(small);
        for (int i = 0; i < values.Length; i++)
        {
            // Red is the light, green the mask: colors under a mask of 0 would be lost in enlarging.
            pixels[4 * i] = (byte)Math.Round(255 - (Shade * values[i]));
            pixels[(4 * i) + 1] = Mask(values, ground, width, i);
            pixels[(4 * i) + 3] = 255;
        }

        using var large = new SKBitmap(new SKImageInfo(width * Enlargement, height * Enlargement, SKColorType.Rgba8888, SKAlphaType.Opaque));
        small.ScalePixels(large, SKFilterQuality.High);
        using var result = new SKBitmap(large.Info.WithAlphaType(SKAlphaType.Unpremul));
        var from = large.GetPixelSpan();
        var to = Writable(result);
        for (int i = 0; i < to.Length; i += 4)
        {
            to[i] = to[i + 1] = to[i + 2] = from[i];
            to[i + 3] = (byte)Math.Clamp(((from[i + 1] - HalfMask) * Steepness) + HalfMask, 0, 255);
        }

        using var encoded = result.Encode(SKEncodedImageFormat.Png, 100);
        return encoded.ToArray();
    }

    // An edge pixel's value says how much of it is the object's, as long as the object is dark enough; inside, light ones belong to it as well.
    private static byte Mask(ReadOnlySpan<byte> values, bool[] ground, int width, int at)
    {
        if (ground[at]) return 0;
        int x = at % width;
        bool isEdge = (x > 0 && ground[at - 1]) || (x < width - 1 && ground[at + 1]) || (at >= width && ground[at - width]) || (at + width < ground.Length && ground[at + width]);
        return isEdge ? (byte)Math.Min(255, LeastOfEdge + (EdgeGain * values[at])) : (byte)255;
    }

    private static unsafe Span<byte> Writable(SKBitmap bitmap) => new((void*)bitmap.GetPixels(), bitmap.ByteCount);

    // Dark pixels that are connected with the border.
    private static bool[] Ground(ReadOnlySpan<byte> values, int width, int height)
    {
        var ground = new bool[values.Length];
        var open = new Stack<int>();
        for (int i = 0; i < values.Length; i++)
        {
            bool isBorder = i % width == 0 || i % width == width - 1 || i / width == 0 || i / width == height - 1;
            if (isBorder && values[i] < LeastOfObject) open.Push(i);
        }

        while (open.TryPop(out int at))
        {
            if (ground[at]) continue;
            ground[at] = true;
            int x = at % width, y = at / width;
            if (x > 0 && values[at - 1] < LeastOfObject) open.Push(at - 1);
            if (x < width - 1 && values[at + 1] < LeastOfObject) open.Push(at + 1);
            if (y > 0 && values[at - width] < LeastOfObject) open.Push(at - width);
            if (y < height - 1 && values[at + width] < LeastOfObject) open.Push(at + width);
        }

        return ground;
    }
}
