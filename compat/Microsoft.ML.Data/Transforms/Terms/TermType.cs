using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>
/// All that depends on the type of the terms of a dictionary: which values are missing, how terms are compared and ordered, how one is written as text,
/// and the binary form of a list of them. There is one for every standard item type; a key type has one of its own over its raw type.
/// </summary>
internal abstract class TermType(PrimitiveDataViewType itemType)
{
    /// <summary>The simple types, those without parameters, by the name that the model file gives them.</summary>
    private static readonly Dictionary<string, TermType> Simple = MakeSimpleTypes().ToDictionary(type => type.FileName);

    public PrimitiveDataViewType ItemType { get; } = itemType;

    /// <summary>The name of the type in a model file; empty for text, which is stored as strings of the model and not as typed values.</summary>
    public abstract string FileName { get; }

    /// <summary>The type of terms for a column's item type, or null where there are no dictionaries over such a type.</summary>
    public static TermType? For(DataViewType itemType)
    {
        if (itemType is KeyDataViewType key)
            return Simple.Values.First(type => type.ItemType.RawType == key.RawType).AsKey(key);
        return Simple.Values.FirstOrDefault(type => type.ItemType.Equals(itemType));
    }

    public static TextTermType Text => (TextTermType)Simple[""];

    /// <summary>Reads a type as <see cref="WriteType"/> wrote it: the name, the byte length of the parameters, the parameters.</summary>
    public static TermType ReadType(BinaryReader reader)
    {
        string name = reader.ReadString();
        long length = reader.Read7BitEncodedInt64();
        if (name == KeyName && length > 0 && ReadType(reader) is { } inner && KeyDataViewType.IsValidDataType(inner.ItemType.RawType))
            return inner.AsKey(new KeyDataViewType(inner.ItemType.RawType, reader.ReadUInt64()));
        if (name.Length > 0 && length == 0 && Simple.TryGetValue(name, out TermType? simple)) return simple;
        throw new FormatException($"The model file is damaged: '{name}' with {length} bytes of parameters is no type of dictionary terms.");
    }

    public abstract void WriteType(BinaryWriter writer);

    /// <summary>An object that collects the terms of a column, in the order in which they come or, if <paramref name="sorted"/>, in their own.</summary>
    public abstract TermTrainer CreateTrainer(DataViewRow row, DataViewSchema.Column column, int maximum, bool sorted);

    /// <summary>Reads a dictionary of <paramref name="count"/> terms. Nothing is allocated ahead: a count beyond the data is an EndOfStreamException.</summary>
    public abstract TermMap ReadMap(BinaryReader reader, int count);

    public abstract TermType AsKey(KeyDataViewType key);

    protected const string KeyName = "Key2";

    private static IEnumerable<TermType> MakeSimpleTypes()
    {
        static string Number<T>(T value)
            where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
        return
        [
            new TextTermType(),
            new FixedTermType<sbyte>(NumberDataViewType.SByte, (w, v) => w.Write(v), r => r.ReadSByte(), Number),
            new FixedTermType<byte>(NumberDataViewType.Byte, (w, v) => w.Write(v), r => r.ReadByte(), Number),
            new FixedTermType<short>(NumberDataViewType.Int16, (w, v) => w.Write(v), r => r.ReadInt16(), Number),
            new FixedTermType<ushort>(NumberDataViewType.UInt16, (w, v) => w.Write(v), r => r.ReadUInt16(), Number),
            new FixedTermType<int>(NumberDataViewType.Int32, (w, v) => w.Write(v), r => r.ReadInt32(), Number),
            new FixedTermType<uint>(NumberDataViewType.UInt32, (w, v) => w.Write(v), r => r.ReadUInt32(), Number),
            new FixedTermType<long>(NumberDataViewType.Int64, (w, v) => w.Write(v), r => r.ReadInt64(), Number),
            new FixedTermType<ulong>(NumberDataViewType.UInt64, (w, v) => w.Write(v), r => r.ReadUInt64(), Number),
            new FixedTermType<float>(NumberDataViewType.Single, (w, v) => w.Write(v), r => r.ReadSingle(),
                v => v.ToString("R", CultureInfo.InvariantCulture), float.IsNaN),
            new FixedTermType<double>(NumberDataViewType.Double, (w, v) => w.Write(v), r => r.ReadDouble(),
                v => v.ToString("G17", CultureInfo.InvariantCulture), double.IsNaN),
            new FixedTermType<TimeSpan>(TimeSpanDataViewType.Instance, (w, v) => w.Write(v.Ticks), r => new TimeSpan(Ticks(r.ReadInt64())),
                v => v.ToString("c", CultureInfo.InvariantCulture)),
            new FixedTermType<DateTime>(DateTimeDataViewType.Instance, (w, v) => w.Write(v.Ticks), r => new DateTime(Ticks(r.ReadInt64())),
                v => v.ToString("o", CultureInfo.InvariantCulture)),
            new FixedTermType<DataViewRowId>(RowIdDataViewType.Instance, WriteRowId, r => new DataViewRowId(r.ReadUInt64(), r.ReadUInt64()),
                v => $"0x{v.High:x16}{v.Low:x16}"),
            new BooleanTermType(),
            new DateTimeOffsetTermType(),
        ];
    }

    /// <summary>Old files mark a missing time by the least possible count of ticks; it is read as zero.</summary>
    protected static long Ticks(long ticks) => ticks == long.MinValue ? 0 : ticks;

    private static void WriteRowId(BinaryWriter writer, DataViewRowId value)
    {
        writer.Write(value.Low);
        writer.Write(value.High);
    }
}

/// <inheritdoc/>
internal abstract class TermType<T>(PrimitiveDataViewType itemType) : TermType(itemType)
{
    public override string FileName => typeof(T).Name;

    public virtual IEqualityComparer<T> Equality => EqualityComparer<T>.Default;

    public virtual IComparer<T> Order => Comparer<T>.Default;

    /// <summary>Whether a value has no place in a dictionary.</summary>
    public virtual bool IsMissing(T value) => false;

    /// <summary>A copy of a value that outlives the row it came from.</summary>
    public virtual T Keep(T value) => value;

    public abstract string ToText(T value);

    public abstract void WriteValues(BinaryWriter writer, IReadOnlyList<T> values);

    public abstract void ReadValues(BinaryReader reader, int count, Action<T> add);

    public override void WriteType(BinaryWriter writer)
    {
        writer.Write(FileName);
        writer.Write7BitEncodedInt64(0);
    }

    public override TermTrainer CreateTrainer(DataViewRow row, DataViewSchema.Column column, int maximum, bool sorted) =>
        new TermTrainer<T>(this, row, column, maximum, sorted);

    public override TermMap ReadMap(BinaryReader reader, int count)
    {
        var terms = new TermSet<T>(this);
        ReadValues(reader, count, term =>
        {
            if (!terms.TryAdd(term)) throw new FormatException($"The model file is damaged: the dictionary has the term '{ToText(term)}' twice.");
        });
        return new TermMap<T>(this, terms);
    }

    public override TermType AsKey(KeyDataViewType key) => new KeyTermType<T>(key, this);
}
