using System.Buffers.Binary;

namespace ConvNeXt.Benchmarks.Fuzzing.Inputs;

/// <summary>Corrects checksums and lengths of a damaged file, without which readers would refuse it before they reach the damage.</summary>
internal static class ChunkRepair
{
    private const int PngSignature = 8, PngOverhead = 12, RiffHeader = 8;

    private static readonly uint[] Crc32Table = [.. Enumerable.Range(0, 256).Select(value => Crc32Of((uint)value))];

    /// <summary>Corrects the checksums of PNG chunks and the length of a RIFF file (WebP), in place.</summary>
    public static void Repair(Span<byte> file)
    {
        if (file is [0x89, (byte)'P', (byte)'N', (byte)'G', ..]) RepairPng(file);
        else if (file.Length > RiffHeader && file.StartsWith("RIFF"u8))
            BinaryPrimitives.WriteInt32LittleEndian(file[4..], file.Length - RiffHeader);
    }

    private static void RepairPng(Span<byte> file)
    {
        for (int at = PngSignature; file.Length - at >= PngOverhead;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - PngOverhead) return;
            int end = at + 8 + (int)length;
            BinaryPrimitives.WriteUInt32BigEndian(file[end..], Crc32(file[(at + 4)..end]));
            at = end + 4;
        }
    }

    private static uint Crc32(ReadOnlySpan<byte> data)
    {
        uint value = uint.MaxValue;
        foreach (byte item in data) value = Crc32Table[(byte)(value ^ item)] ^ value >> 8;
        return ~value;
    }

    private static uint Crc32Of(uint value)
    {
        const uint Polynomial = 0xEDB88320; // of PNG and zip, bits in reverse order
        for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? Polynomial ^ value >> 1 : value >> 1;
        return value;
    }
}
