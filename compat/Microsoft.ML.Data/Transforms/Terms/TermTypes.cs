using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>Terms whose values follow each other in a file, each in the same number of bytes.</summary>
internal sealed class FixedTermType<T>(
    PrimitiveDataViewType itemType, Action<BinaryWriter, T> write, Func<BinaryReader, T> read, Func<T, string> toText, Func<T, bool>? isMissing = null)
    : TermType<T>(itemType)
{
    public override bool IsMissing(T value) => isMissing is not null && isMissing(value);

    public override string ToText(T value) => IsMissing(value) ? "?" : toText(value);

    public override void WriteValues(BinaryWriter writer, IReadOnlyList<T> values)
    {
        foreach (T value in values) write(writer, value);
    }

    public override void ReadValues(BinaryReader reader, int count, Action<T> add)
    {
        for (int i = 0; i < count; i++) add(read(reader));
    }
}

/// <summary>Text, compared character by character; the empty text is missing.</summary>
internal sealed class TextTermType() : TermType<ReadOnlyMemory<char>>(TextDataViewType.Instance)
{
    public override string FileName => "";

    public override IEqualityComparer<ReadOnlyMemory<char>> Equality => TextComparer.Instance;

    public override IComparer<ReadOnlyMemory<char>> Order => TextComparer.Instance;

    public override bool IsMissing(ReadOnlyMemory<char> value) => value.IsEmpty;

    public override ReadOnlyMemory<char> Keep(ReadOnlyMemory<char> value) => value.ToString().AsMemory();

    public override string ToText(ReadOnlyMemory<char> value) => value.ToString();

    public override void WriteValues(BinaryWriter writer, IReadOnlyList<ReadOnlyMemory<char>> values) =>
        throw new NotSupportedException("Terms of text are saved as strings of the model.");

    public override void ReadValues(BinaryReader reader, int count, Action<ReadOnlyMemory<char>> add) =>
        throw new NotSupportedException("Terms of text are loaded as strings of the model.");

    private sealed class TextComparer : IEqualityComparer<ReadOnlyMemory<char>>, IComparer<ReadOnlyMemory<char>>
    {
        public static readonly TextComparer Instance = new();

        public bool Equals(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<char> text) => string.GetHashCode(text.Span);

        public int Compare(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.CompareTo(y.Span, StringComparison.Ordinal);
    }
}

/// <summary>Booleans, eight to a byte, the first in the lowest bit.</summary>
internal sealed class BooleanTermType() : TermType<bool>(BooleanDataViewType.Instance)
{
    public override string ToText(bool value) => value ? "1" : "0";

    public override void WriteValues(BinaryWriter writer, IReadOnlyList<bool> values)
    {
        for (int start = 0; start < values.Count; start += 8)
        {
            int bits = 0;
            for (int i = start; i < Math.Min(start + 8, values.Count); i++)
                if (values[i]) bits |= 1 << (i - start);
            writer.Write((byte)bits);
        }
    }

    public override void ReadValues(BinaryReader reader, int count, Action<bool> add)
    {
        int bits = 0;
        for (int i = 0; i < count; i++)
        {
            if (i % 8 == 0) bits = reader.ReadByte();
            add((bits >> (i % 8) & 1) != 0);
        }
    }
}

/// <summary>Times with an offset: all offsets in minutes, then all ticks.</summary>
internal sealed class DateTimeOffsetTermType() : TermType<DateTimeOffset>(DateTimeOffsetDataViewType.Instance)
{
    public override string ToText(DateTimeOffset value) => value.ToString("o", CultureInfo.InvariantCulture);

    public override void WriteValues(BinaryWriter writer, IReadOnlyList<DateTimeOffset> values)
    {
        foreach (DateTimeOffset value in values) writer.Write((short)value.Offset.TotalMinutes);
        foreach (DateTimeOffset value in values) writer.Write(value.DateTime.Ticks);
    }

    public override void ReadValues(BinaryReader reader, int count, Action<DateTimeOffset> add)
    {
        var minutes = new List<short>();
        for (int i = 0; i < count; i++) minutes.Add(reader.ReadInt16());
        foreach (short offset in minutes)
            add(new DateTimeOffset(new DateTime(Ticks(reader.ReadInt64())), TimeSpan.FromMinutes(offset == short.MinValue ? 0 : offset)));
    }
}

/// <summary>Keys as terms: stored like their raw type, the missing key 0 has no place, and a key's text is its index from 0.</summary>
internal sealed class KeyTermType<T>(KeyDataViewType key, TermType<T> inner) : TermType<T>(key)
{
    public override string FileName => KeyName;

    public override bool IsMissing(T value) => EqualityComparer<T>.Default.Equals(value, default);

    public override string ToText(T value) =>
        KeyIndex.Of(value) is var index and > 0 && index <= key.Count ? (index - 1).ToString(CultureInfo.InvariantCulture) : "";

    public override void WriteValues(BinaryWriter writer, IReadOnlyList<T> values) => inner.WriteValues(writer, values);

    public override void ReadValues(BinaryReader reader, int count, Action<T> add) => inner.ReadValues(reader, count, add);

    public override void WriteType(BinaryWriter writer)
    {
        using var parameters = new MemoryStream();
        using (var nested = new BinaryWriter(parameters, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            inner.WriteType(nested);
            nested.Write(key.Count);
        }
        writer.Write(FileName);
        writer.Write7BitEncodedInt64(parameters.Length);
        writer.Write(parameters.ToArray());
    }
}
