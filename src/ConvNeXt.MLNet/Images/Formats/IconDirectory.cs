using System.Buffers.Binary;

namespace ConvNeXt.MLNet.Images.Formats;

/// <summary>Finds out whether the largest picture of an icon file (ICO) is there. Decoders take a smaller one where the file is cut, and report success.</summary>
internal static class IconDirectory
{
    private const int HeaderLength = 6, EntryLength = 16, LargestSide = 256;

    /// <summary>Whether the file is an icon whose directory names a picture of more pixels, the end of which is missing.</summary>
    /// <param name="file">The file.</param>
    /// <param name="pixels">Pixels of the picture that can be decoded.</param>
    public static bool LacksLargerPicture(ReadOnlySpan<byte> file, long pixels)
    {
        if (file.Length < HeaderLength || file is not [0, 0, 1 or 2, 0, ..]) return false;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file[4..]);
        for (ReadOnlySpan<byte> entry = file[HeaderLength..]; count > 0 && entry.Length >= EntryLength; count--, entry = entry[EntryLength..])
        {
            // Width and height (1 byte each, 0 for 256), 6 bytes, length and position (4 bytes each).
            long end = (long)BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]) + BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
            if (end > file.Length && Side(entry[0]) * Side(entry[1]) > pixels) return true;
        }
        return false;
    }

    private static long Side(byte value) => value == 0 ? LargestSide : value;
}
