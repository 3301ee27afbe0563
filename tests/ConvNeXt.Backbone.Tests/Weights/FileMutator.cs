using System.Buffers.Binary;

namespace ConvNeXt.Tests.Weights;

/// <summary>Damages files in the ways that find mistakes in readers: flipped bits, lengths that lie, pieces cut out, doubled or cut off.</summary>
internal sealed class FileMutator(int seed)
{
    private static readonly uint[] Lies = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
    private readonly Random _random = new(seed);

    /// <summary>A damaged copy.</summary>
    public byte[] Mutate(byte[] original)
    {
        byte[] file = [.. original];
        for (int changes = _random.Next(1, 5); changes > 0 && file.Length > 8; changes--)
        {
            int at = Place(file.Length);
            int length = Math.Min(_random.Next(1, 64), file.Length - at);
            switch (_random.Next(6))
            {
                case 0: file[at] ^= (byte)(1 << _random.Next(8)); break;
                case 1: file[at] = (byte)_random.Next(256); break;
                case 2: BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(Math.Min(at, file.Length - 4)), Lies[_random.Next(Lies.Length)]); break;
                case 3: file = [.. file[..at], .. file[(at + length)..]]; break;
                case 4: file = [.. file[..(at + length)], .. file[at..]]; break;
                case 5 when _random.Next(4) == 0: file = file[..at]; break;
            }
        }
        return file;
    }

    /// <summary>Half of the changes fall near the beginning or the end, where headers and directories lie.</summary>
    private int Place(int length) => _random.Next(4) switch
    {
        0 => _random.Next(Math.Min(length, 256)),
        1 => length - 1 - _random.Next(Math.Min(length, 512)),
        _ => _random.Next(length),
    };
}
