using System.Buffers.Binary;
using System.Text;

namespace ConvNeXt.Benchmarks.Fuzzing.Inputs;

/// <summary>
/// The entry of a component in an ML.NET model file: a header with offsets, then the component's block (here int32 length and JSON), then texts.
/// </summary>
internal static class ModelBlock
{
    private const int HeaderLength = 256, TextAt = HeaderLength + sizeof(int), BlockLengthAt = 24;

    /// <summary>Offsets in the header of what follows the block: string table, string characters, tail, end, assembly name.</summary>
    private static readonly int[] OffsetsAt = [32, 48, 128, 136, 144];

    /// <summary>The JSON text, or null if the entry has no JSON.</summary>
    public static string? FindText(byte[] entry)
    {
        if (entry.Length < TextAt) return null;
        int length = BinaryPrimitives.ReadInt32LittleEndian(entry.AsSpan(HeaderLength));
        return length > 0 && length <= entry.Length - TextAt && entry[TextAt] == '{' ? Encoding.UTF8.GetString(entry, TextAt, length) : null;
    }

    /// <summary>Returns the entry with another text, and with offsets that fit.</summary>
    public static byte[] ReplaceText(byte[] entry, string text)
    {
        int oldLength = BinaryPrimitives.ReadInt32LittleEndian(entry.AsSpan(HeaderLength));
        byte[] json = Encoding.UTF8.GetBytes(text);
        byte[] changed = [.. entry[..TextAt], .. json, .. entry[(TextAt + oldLength)..]];
        BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(HeaderLength), json.Length);
        Add(changed.AsSpan(BlockLengthAt), json.Length - oldLength);
        foreach (int at in OffsetsAt)
            if (BinaryPrimitives.ReadInt64LittleEndian(changed.AsSpan(at)) > HeaderLength) Add(changed.AsSpan(at), json.Length - oldLength);
        return changed;
    }

    private static void Add(Span<byte> target, long difference) =>
        BinaryPrimitives.WriteInt64LittleEndian(target, BinaryPrimitives.ReadInt64LittleEndian(target) + difference);
}
