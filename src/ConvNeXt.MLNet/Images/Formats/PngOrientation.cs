using System.Buffers.Binary;

namespace ConvNeXt.MLNet.Images.Formats;

/// <summary>Finds the EXIF orientation of a PNG, in its chunk eXIf.</summary>
internal static class PngOrientation
{
    private const int Signature = 8, ChunkOverhead = 12; // length, type and checksum around a chunk's data
    private const int OrientationTag = 0x0112, EntryLength = 12;

    /// <summary>1 to 8; 1, upright, where there is no such tag.</summary>
    public static int Find(ReadOnlySpan<byte> png)
    {
        for (int at = Signature; png.Length - at >= ChunkOverhead;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(png[at..]);
            if (length > png.Length - at - ChunkOverhead) break;
            if (png.Slice(at + 4, 4).SequenceEqual("eXIf"u8)) return FindInExif(png.Slice(at + 8, (int)length));
            at += ChunkOverhead + (int)length;
        }
        return 1;
    }

    private static int FindInExif(ReadOnlySpan<byte> exif)
    {
        if (exif.Length < 8) return 1;
        bool little = exif[0] == 'I';
        uint directory = little ? BinaryPrimitives.ReadUInt32LittleEndian(exif[4..]) : BinaryPrimitives.ReadUInt32BigEndian(exif[4..]);
        if (directory > exif.Length - 2) return 1;
        int count = ReadUInt16(exif[(int)directory..], little);
        ReadOnlySpan<byte> entries = exif[((int)directory + 2)..];
        for (; count > 0 && entries.Length >= EntryLength; count--, entries = entries[EntryLength..])
        {
            if (ReadUInt16(entries, little) != OrientationTag) continue;
            int orientation = ReadUInt16(entries[8..], little);
            return orientation is >= 1 and <= 8 ? orientation : 1;
        }
        return 1;
    }

    private static int ReadUInt16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
