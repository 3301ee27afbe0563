using System.Buffers.Binary;

namespace ConvNeXt.Tests.Images;

/// <summary>Writes EXIF orientation tags into files.</summary>
internal static class ExifTag
{
    private const int Signature = 8, HeaderChunk = 25, RiffHeader = 12;

    /// <summary>A TIFF header and one directory with the orientation.</summary>
    public static byte[] Orientation(int orientation, bool bigEndian = false) => bigEndian
        ? [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0]
        : [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];

    public static byte[] InJpeg(byte[] jpeg, byte[] exif)
    {
        byte[] content = [.. "Exif\0\0"u8, .. exif];
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(content.Length + 2), .. content, .. jpeg[2..]];
    }

    public static byte[] InPng(byte[] png, byte[] exif) =>
        [.. png[..(Signature + HeaderChunk)], .. TestPng.Chunk("eXIf"u8, exif), .. png[(Signature + HeaderChunk)..]];

    public static byte[] InWebP(byte[] webp, byte[] exif, int width, int height)
    {
        const byte HasExif = 8;
        byte[] extended = [HasExif, 0, 0, 0, (byte)(width - 1), 0, 0, (byte)(height - 1), 0, 0];
        byte[] content = [.. "WEBP"u8, .. RiffChunk("VP8X"u8, extended), .. webp[RiffHeader..], .. RiffChunk("EXIF"u8, exif)];
        return RiffChunk("RIFF"u8, content);
    }

    private static byte[] RiffChunk(ReadOnlySpan<byte> name, byte[] content)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, content.Length);
        return [.. name, .. length, .. content, .. new byte[content.Length % 2]];
    }
}
