using System.Buffers.Binary;

namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>
/// The frame header of a JPEG file (ITU-T T.81, B.2.2), read before the native decoder sees the data: what it does not decode, what is too
/// large and what cannot be complete is refused here, with its reason and before memory is taken.
/// </summary>
internal sealed class JpegHeader
{
    private const byte FirstFrame = 0xC0, LastFrame = 0xCF, HuffmanTables = 0xC4, Extension = 0xC8, ArithmeticConditioning = 0xCC;
    private const byte StartOfScan = 0xDA, EndOfImage = 0xD9, Temporary = 0x01, FirstRestart = 0xD0, LastRestart = 0xD7;

    public static ReadOnlySpan<byte> StartOfImage => [0xFF, 0xD8, 0xFF];

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int Components { get; init; }

    /// <summary>Where the entropy-coded data of the first scan can begin at the earliest.</summary>
    public required int FirstScan { get; init; }

    public static JpegHeader Read(ReadOnlySpan<byte> data)
    {
        JpegHeader? frame = null;
        int position = 2;
        while (true)
        {
            byte marker = NextMarker(data, ref position);
            if (marker == StartOfScan)
                return frame is null
                    ? throw new InvalidDataException("JPEG: the image data comes before the frame header that gives its size.")
                    : new JpegHeader { Width = frame.Width, Height = frame.Height, Components = frame.Components, FirstScan = position };
            if (marker == EndOfImage) throw new InvalidDataException("JPEG: the file ends without image data.");
            if (marker is Temporary or (>= FirstRestart and <= LastRestart)) continue;

            ReadOnlySpan<byte> segment = Segment(data, marker, ref position);
            if (marker is < FirstFrame or > LastFrame or HuffmanTables or Extension or ArithmeticConditioning) continue;
            if (frame is not null) throw new InvalidDataException("JPEG: there are two frame headers.");
            frame = ReadFrame(marker, segment, data.Length);
        }
    }

    private static byte NextMarker(ReadOnlySpan<byte> data, ref int position)
    {
        // Bytes between segments do not belong there, but readers skip them by custom.
        int start = data[position..].IndexOf((byte)0xFF);
        if (start < 0) throw Truncated();
        position += start;
        while (position < data.Length && data[position] == 0xFF) position++;
        if (position >= data.Length) throw Truncated();
        byte marker = data[position++];
        return marker == 0 ? NextMarker(data, ref position) : marker;
    }

    private static ReadOnlySpan<byte> Segment(ReadOnlySpan<byte> data, byte marker, ref int position)
    {
        if (data.Length - position < 2) throw Truncated();
        int length = BinaryPrimitives.ReadUInt16BigEndian(data[position..]);
        if (length < 2) throw new InvalidDataException($"JPEG: segment 0x{marker:X2} says that it is {length} bytes long; the least is 2.");
        if (data.Length - position < length) throw Truncated();
        ReadOnlySpan<byte> segment = data.Slice(position + 2, length - 2);
        position += length;
        return segment;
    }

    private static JpegHeader ReadFrame(byte marker, ReadOnlySpan<byte> segment, int fileLength)
    {
        string? process = marker switch
        {
            0xC0 or 0xC1 or 0xC2 => null,
            0xC3 or 0xC7 or 0xCB or 0xCF => "lossless",
            0xC5 or 0xC6 => "hierarchical",
            _ => "arithmetic-coded",
        };
        if (process is not null)
            throw new InvalidDataException($"JPEG: its process is {process}; baseline, extended and progressive Huffman-coded ones are decoded.");
        if (segment.Length < 6) throw new InvalidDataException("JPEG: the frame header is too short.");
        if (segment[0] != 8) throw new InvalidDataException($"JPEG: samples have {segment[0]} bits; 8 are decoded.");

        int height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]), components = segment[5];
        ImageLimits.CheckSize("JPEG", width, height);
        if (components is not (1 or 3 or 4)) throw new InvalidDataException($"JPEG: there are {components} components; 1, 3 or 4 are decoded.");
        if (segment.Length < 6 + 3 * components) throw new InvalidDataException("JPEG: the frame header is too short.");
        CheckPossible(width, height, segment.Slice(6, 3 * components), fileLength);
        return new JpegHeader { Width = width, Height = height, Components = components, FirstScan = 0 };
    }

    /// <summary>Every block of 8 x 8 samples costs at least one bit, that of its DC coefficient: a file too short for that is not decoded at all.</summary>
    private static void CheckPossible(int width, int height, ReadOnlySpan<byte> components, int fileLength)
    {
        int maxHorizontal = 1, maxVertical = 1;
        for (int i = 1; i < components.Length; i += 3)
        {
            int horizontal = components[i] >> 4, vertical = components[i] & 15;
            if (horizontal is < 1 or > 4 || vertical is < 1 or > 4)
                throw new InvalidDataException($"JPEG: a component has sampling factors {horizontal} x {vertical}; they are 1 to 4.");
            (maxHorizontal, maxVertical) = (Math.Max(maxHorizontal, horizontal), Math.Max(maxVertical, vertical));
        }
        long blocks = 0;
        for (int i = 1; i < components.Length; i += 3)
            blocks += Blocks(width, components[i] >> 4, maxHorizontal) * Blocks(height, components[i] & 15, maxVertical);
        if (blocks / 8 > fileLength)
            throw new InvalidDataException($"JPEG: {width} x {height} pixels take at least {blocks / 8} bytes, the file has {fileLength}; it is truncated.");
    }

    private static long Blocks(int size, int sampling, int maxSampling) => (size * sampling + 8 * maxSampling - 1) / (8 * maxSampling);

    private static InvalidDataException Truncated() => new("JPEG: the file is truncated or damaged: it ends in its headers.");
}
