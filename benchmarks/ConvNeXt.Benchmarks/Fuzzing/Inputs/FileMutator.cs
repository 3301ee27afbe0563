using System.Buffers.Binary;

namespace ConvNeXt.Benchmarks.Fuzzing.Inputs;

/// <summary>
/// Damages files in the ways that find mistakes in readers: flipped bits, runs of one byte, lengths that lie, pieces that are cut out, repeated, moved or taken
/// from another file, and truncation.
/// </summary>
internal sealed class FileMutator(Random random)
{
    private const int MostChanges = 5, HeaderLength = 64, LongestPiece = 256;

    private static readonly uint[] Lies = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF];

    /// <summary>Returns a damaged copy.</summary>
    /// <param name="original">The file.</param>
    /// <param name="other">Another file, from which pieces are taken.</param>
    public byte[] Mutate(byte[] original, byte[] other)
    {
        byte[] file = [.. original];
        int changes = random.Next(2) == 0 ? 1 : random.Next(2, MostChanges + 1);
        for (; changes > 0 && file.Length > 0; changes--) file = Change(file, other);
        return file;
    }

    private byte[] Change(byte[] file, byte[] other)
    {
        int at = Place(file.Length), length = Math.Min(random.Next(1, LongestPiece), file.Length - at);
        switch (random.Next(12))
        {
            case 0 or 1:
                file[at] ^= (byte)(1 << random.Next(8));
                return file;
            case 2 or 3:
                file[at] = (byte)random.Next(256);
                return file;
            case 4:
                file.AsSpan(at, length).Fill(random.Next(3) switch { 0 => 0, 1 => 0xFF, _ => (byte)random.Next(256) });
                return file;
            case 5 or 6:
                WriteNumber(file.AsSpan(at));
                return file;
            case 7:
                return [.. file[..at], .. file[(at + length)..]];
            case 8:
                return [.. file[..(at + length)], .. file[at..]];
            case 9: // the piece also lies elsewhere
                int target = random.Next(file.Length);
                return [.. file[..target], .. file[at..(at + length)], .. file[target..]];
            case 10: // the rest is that of another file
                return other.Length == 0 ? file : [.. file[..at], .. other[Math.Min(at, other.Length - 1)..]];
            default:
                return random.Next(3) == 0 ? file[..at] : file;
        }
    }

    private void WriteNumber(Span<byte> target)
    {
        uint value = random.Next(3) == 0 ? (uint)random.Next() : Lies[random.Next(Lies.Length)];
        bool little = random.Next(2) == 0;
        if (random.Next(2) == 0 && target.Length >= sizeof(uint))
        {
            if (little) BinaryPrimitives.WriteUInt32LittleEndian(target, value);
            else BinaryPrimitives.WriteUInt32BigEndian(target, value);
        }
        else if (target.Length >= sizeof(ushort))
        {
            if (little) BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)value);
            else BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)value);
        }
    }

    /// <summary>Half of the changes are near the start or the end, where headers and directories are.</summary>
    private int Place(int length) => random.Next(4) switch
    {
        0 => random.Next(Math.Min(length, HeaderLength)),
        1 => length - 1 - random.Next(Math.Min(length, 4 * HeaderLength)),
        _ => random.Next(length),
    };
}
