using System.Runtime.InteropServices;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>How values of one raw type lie in a block of an .idv file. Reading checks counts against what the block can hold before it takes memory.</summary>
internal abstract class IdvItems<T>
{
    public abstract void Write(BinaryWriter writer, ReadOnlySpan<T> items);

    public abstract T[] Read(BinaryReader reader, int count);

    protected static void CheckRoom(BinaryReader reader, long bytes)
        => Contracts.CheckDecode(bytes <= reader.BaseStream.Length - reader.BaseStream.Position, $"Corrupt schema: a block ends before its {bytes} bytes of values");
}

/// <summary>Numbers, times spans and row ids: as they lie in memory, little-endian.</summary>
internal sealed class IdvRawItems<T> : IdvItems<T>
    where T : unmanaged
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<T> items) => writer.Write(MemoryMarshal.AsBytes(items));

    public override T[] Read(BinaryReader reader, int count)
    {
        int size = Marshal.SizeOf<T>();
        CheckRoom(reader, (long)count * size);
        var items = new T[count];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(items.AsSpan()));
        return items;
    }
}

/// <summary>Texts: int count, int per text where it ends, and all their characters as one text with its length. The highest bit of an end marks an empty text.</summary>
internal sealed class IdvTextItems : IdvItems<ReadOnlyMemory<char>>
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<ReadOnlyMemory<char>> items)
    {
        writer.Write(items.Length);
        int end = 0;
        foreach (var item in items)
            writer.Write(end += item.Length);
        var characters = new char[end];
        end = 0;
        foreach (var item in items)
        {
            item.Span.CopyTo(characters.AsSpan(end));
            end += item.Length;
        }
        writer.Write(new string(characters));
    }

    public override ReadOnlyMemory<char>[] Read(BinaryReader reader, int count)
    {
        int stored = reader.ReadInt32();
        Contracts.CheckDecode(stored == count, $"Corrupt schema: {stored} texts where {count} are wanted");
        CheckRoom(reader, (long)count * sizeof(int));
        var ends = new int[count];
        for (int i = 0; i < count; i++)
            ends[i] = reader.ReadInt32();
        var characters = reader.ReadString().AsMemory();

        var items = new ReadOnlyMemory<char>[count];
        int begin = 0;
        for (int i = 0; i < count; i++)
        {
            int end = ends[i] & int.MaxValue;
            Contracts.CheckDecode(begin <= end && end <= characters.Length, $"Corrupt schema: text {i} lies outside of the characters");
            items[i] = ends[i] >= 0 ? characters[begin..end] : default;
            begin = end;
        }
        return items;
    }
}

/// <summary>Truth values: a bit each, the first in the lowest bit.</summary>
internal sealed class IdvBooleanItems : IdvItems<bool>
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<bool> items)
    {
        var bytes = new byte[(items.Length + 7) / 8];
        for (int i = 0; i < items.Length; i++)
            if (items[i]) bytes[i / 8] |= (byte)(1 << (i % 8));
        writer.Write(bytes);
    }

    public override bool[] Read(BinaryReader reader, int count)
    {
        int size = (int)(((long)count + 7) / 8);
        CheckRoom(reader, size);
        byte[] bytes = reader.ReadBytes(size);
        var items = new bool[count];
        for (int i = 0; i < count; i++)
            items[i] = (bytes[i / 8] & (1 << (i % 8))) != 0;
        return items;
    }
}

/// <summary>Points in time: the ticks of each.</summary>
internal sealed class IdvDateTimeItems : IdvItems<DateTime>
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<DateTime> items)
    {
        foreach (var item in items)
            writer.Write(item.Ticks);
    }

    public override DateTime[] Read(BinaryReader reader, int count)
    {
        CheckRoom(reader, (long)count * sizeof(long));
        var items = new DateTime[count];
        for (int i = 0; i < count; i++)
            items[i] = FromTicks(reader.ReadInt64());
        return items;
    }

    internal static DateTime FromTicks(long ticks)
    {
        // The smallest number was once the missing value.
        if (ticks == long.MinValue) return default;
        Contracts.CheckDecode(ticks >= 0 && ticks <= DateTime.MaxValue.Ticks, $"Corrupt schema: {ticks} ticks are no time");
        return new DateTime(ticks);
    }
}

/// <summary>Points in time with their zone: first the zones' offsets in minutes as shorts, then the local ticks.</summary>
internal sealed class IdvDateTimeOffsetItems : IdvItems<DateTimeOffset>
{
    private const int MaxOffsetMinutes = 14 * 60;

    public override void Write(BinaryWriter writer, ReadOnlySpan<DateTimeOffset> items)
    {
        foreach (var item in items)
            writer.Write((short)item.Offset.TotalMinutes);
        foreach (var item in items)
            writer.Write(item.DateTime.Ticks);
    }

    public override DateTimeOffset[] Read(BinaryReader reader, int count)
    {
        CheckRoom(reader, (long)count * (sizeof(short) + sizeof(long)));
        var offsets = new IdvRawItems<short>().Read(reader, count);
        var items = new DateTimeOffset[count];
        for (int i = 0; i < count; i++)
        {
            var time = IdvDateTimeItems.FromTicks(reader.ReadInt64());
            int minutes = offsets[i] == short.MinValue ? 0 : offsets[i];
            long universal = time.Ticks - (minutes * TimeSpan.TicksPerMinute);
            Contracts.CheckDecode(Math.Abs(minutes) <= MaxOffsetMinutes && universal >= 0 && universal <= DateTime.MaxValue.Ticks, $"Corrupt schema: {time} at {minutes} minutes is no time");
            items[i] = new DateTimeOffset(time, TimeSpan.FromMinutes(minutes));
        }
        return items;
    }
}
