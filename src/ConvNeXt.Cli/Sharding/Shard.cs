using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ConvNeXt.Cli.Sharding;

/// <summary>
/// A part of a list of files, for several machines that share the work. The part of a file depends on its path alone, so that it stays the same where files
/// are added or removed; the parts are of about the same size.
/// </summary>
/// <param name="Index">Which part, from 1.</param>
/// <param name="Count">How many parts there are.</param>
internal sealed record Shard(int Index, int Count)
{
    /// <summary>Parses text such as "1/4"; returns null if it is not a part.</summary>
    public static Shard? Parse(string text)
    {
        string[] numbers = text.Split('/');
        return numbers.Length == 2
            && int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && index >= 1 && index <= count ? new Shard(index, count) : null;
    }

    /// <summary>Whether a file is in this part.</summary>
    /// <param name="path">The path as it is in the list; both kinds of slashes count as the same.</param>
    public bool Contains(string path)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(path.Replace('\\', '/')));
        return (int)(BinaryPrimitives.ReadUInt64LittleEndian(hash) % (ulong)Count) == Index - 1;
    }
}
