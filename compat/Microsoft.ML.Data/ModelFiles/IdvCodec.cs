using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// A column type in an .idv file: its description (a name, the length of its parameters, the parameters), and a block with one value of it.
/// </summary>
internal abstract class IdvCodec
{
    private const string KeyName = "Key2";
    private const string VectorName = "VBuffer";

    private static readonly Dictionary<string, IdvCodec> SimpleByName = new IdvCodec[]
    {
        Simple("SByte", NumberDataViewType.SByte, new IdvRawItems<sbyte>()),
        Simple("Byte", NumberDataViewType.Byte, new IdvRawItems<byte>()),
        Simple("Int16", NumberDataViewType.Int16, new IdvRawItems<short>()),
        Simple("UInt16", NumberDataViewType.UInt16, new IdvRawItems<ushort>()),
        Simple("Int32", NumberDataViewType.Int32, new IdvRawItems<int>()),
        Simple("UInt32", NumberDataViewType.UInt32, new IdvRawItems<uint>()),
        Simple("Int64", NumberDataViewType.Int64, new IdvRawItems<long>()),
        Simple("UInt64", NumberDataViewType.UInt64, new IdvRawItems<ulong>()),
        Simple("Single", NumberDataViewType.Single, new IdvRawItems<float>()),
        Simple("Double", NumberDataViewType.Double, new IdvRawItems<double>()),
        Simple("TimeSpan", TimeSpanDataViewType.Instance, new IdvRawItems<TimeSpan>()),
        Simple("DataViewRowId", RowIdDataViewType.Instance, new IdvRawItems<DataViewRowId>()),
        Simple("TextSpan", TextDataViewType.Instance, new IdvTextItems()),
        Simple("Boolean", BooleanDataViewType.Instance, new IdvBooleanItems()),
        Simple("DateTime", DateTimeDataViewType.Instance, new IdvDateTimeItems()),
        Simple("DateTimeOffset", DateTimeOffsetDataViewType.Instance, new IdvDateTimeOffsetItems()),
    }.ToDictionary(codec => codec._name);

    private readonly string _name;

    private IdvCodec(string name, DataViewType type)
    {
        _name = name;
        Type = type;
    }

    public DataViewType Type { get; }

    /// <summary>The codec of a type; false for types that such a file cannot hold, images for one.</summary>
    public static bool TryGet(DataViewType type, [NotNullWhen(true)] out IdvCodec? codec)
    {
        codec = SimpleByName.Values.FirstOrDefault(simple => simple.Type.Equals(type));
        if (type is KeyDataViewType key && TryGet(ColumnTypeExtensions.PrimitiveTypeFromType(key.RawType), out var number))
            codec = number.WithType(KeyName, key);
        if (type is VectorDataViewType vector && TryGet(vector.ItemType, out var item))
            codec = item.InVector(vector);
        return codec is not null;
    }

    public void WriteDescription(BinaryWriter writer)
    {
        using var parameters = new MemoryStream();
        using (var inner = new BinaryWriter(parameters, Encoding.UTF8, leaveOpen: true))
            WriteParameters(inner);
        writer.Write(_name);
        writer.Write7BitEncodedInt64(parameters.Length);
        writer.Write(parameters.GetBuffer(), 0, (int)parameters.Length);
    }

    /// <summary>Reads a description; null, with the reader behind it, for a name that is not known.</summary>
    public static IdvCodec? ReadDescription(BinaryReader reader)
    {
        string name = reader.ReadString();
        long length = reader.Read7BitEncodedInt64();
        Contracts.CheckDecode(length >= 0 && length <= reader.BaseStream.Length - reader.BaseStream.Position, $"Corrupt schema: the description of a type '{name}' does not fit");
        long end = reader.BaseStream.Position + length;
        var codec = name switch
        {
            KeyName => ReadKey(reader),
            VectorName => ReadVector(reader),
            _ => SimpleByName.GetValueOrDefault(name),
        };
        Contracts.CheckDecode(codec is null || reader.BaseStream.Position == end, $"Corrupt schema: the description of a type '{name}' is not {length} bytes long");
        reader.BaseStream.Position = end;
        return codec;
    }

    /// <summary>Writes an annotation's value.</summary>
    public abstract void WriteAnnotation(BinaryWriter writer, DataViewSchema.Annotations annotations, string kind);

    /// <summary>Reads a value and adds it as an annotation.</summary>
    public abstract void ReadAnnotation(BinaryReader reader, DataViewSchema.Annotations.Builder annotations, string kind);

    protected abstract void WriteParameters(BinaryWriter writer);

    protected abstract IdvCodec WithType(string name, PrimitiveDataViewType type);

    protected abstract IdvCodec InVector(VectorDataViewType type);

    private static ScalarCodec<T> Simple<T>(string name, PrimitiveDataViewType type, IdvItems<T> items) => new(name, type, items);

    private static IdvCodec? ReadKey(BinaryReader reader)
    {
        var number = ReadDescription(reader);
        ulong count = reader.ReadUInt64();
        if (number is null) return null;
        Contracts.CheckDecode(KeyDataViewType.IsValidDataType(number.Type.RawType), $"Corrupt schema: a key cannot be held as {number.Type}");
        try
        {
            return number.WithType(KeyName, new KeyDataViewType(number.Type.RawType, count));
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw Contracts.ExceptDecode(e, $"Corrupt schema: {e.Message}");
        }
    }

    private static IdvCodec? ReadVector(BinaryReader reader)
    {
        var item = ReadDescription(reader);
        int rank = reader.ReadInt32();
        Contracts.CheckDecode(rank > 0 && rank <= (reader.BaseStream.Length - reader.BaseStream.Position) / sizeof(int), $"Corrupt schema: a vector of {rank} dimensions");
        int[] dimensions = new IdvRawItems<int>().Read(reader, rank);
        if (item is null) return null;

        long size = 1;
        foreach (int length in dimensions)
        {
            Contracts.CheckDecode(length >= 0 && size * length <= int.MaxValue, $"Corrupt schema: a vector of [{string.Join(", ", dimensions)}]");
            size *= length;
        }
        Contracts.CheckDecode(item.Type is PrimitiveDataViewType, $"Corrupt schema: a vector of {item.Type}");
        return item.InVector(new VectorDataViewType((PrimitiveDataViewType)item.Type, dimensions));
    }

    private sealed class ScalarCodec<T>(string name, PrimitiveDataViewType type, IdvItems<T> items) : IdvCodec(name, type)
    {
        public override void WriteAnnotation(BinaryWriter writer, DataViewSchema.Annotations annotations, string kind)
        {
            T value = default!;
            annotations.GetValue(kind, ref value);
            items.Write(writer, [value]);
        }

        public override void ReadAnnotation(BinaryReader reader, DataViewSchema.Annotations.Builder annotations, string kind)
            => annotations.AddPrimitiveValue(kind, type, items.Read(reader, 1)[0]);

        protected override void WriteParameters(BinaryWriter writer)
        {
            // A key: the type that holds it, and how many there are.
            if (type is not KeyDataViewType key) return;
            TryGet(ColumnTypeExtensions.PrimitiveTypeFromType(key.RawType), out var number);
            number!.WriteDescription(writer);
            writer.Write(key.Count);
        }

        protected override IdvCodec WithType(string name, PrimitiveDataViewType type) => new ScalarCodec<T>(name, type, items);

        protected override IdvCodec InVector(VectorDataViewType type) => new VectorCodec<T>(type, this, items);
    }

    /// <summary>
    /// A block: int number of vectors; int their length, or 0 and then an int length each; int explicit values of each, -1 for a dense one; int number
    /// of indices, the indices; the values. An annotation's block has one vector.
    /// </summary>
    private sealed class VectorCodec<T>(VectorDataViewType type, IdvCodec item, IdvItems<T> items) : IdvCodec(VectorName, type)
    {
        public override void WriteAnnotation(BinaryWriter writer, DataViewSchema.Annotations annotations, string kind)
        {
            VBuffer<T> value = default;
            annotations.GetValue(kind, ref value);
            Contracts.Check(!type.IsKnownSize || value.Length == type.Size, $"The annotation '{kind}' of type {type} has {value.Length} items.");
            writer.Write(1);
            writer.Write(value.Length);
            if (value.Length == 0) writer.Write(value.Length);
            writer.Write(value.IsDense ? -1 : value.GetValues().Length);
            writer.Write(value.GetIndices().Length);
            new IdvRawItems<int>().Write(writer, value.GetIndices());
            items.Write(writer, value.GetValues());
        }

        public override void ReadAnnotation(BinaryReader reader, DataViewSchema.Annotations.Builder annotations, string kind)
        {
            Contracts.CheckDecode(reader.ReadInt32() == 1, $"Corrupt schema: annotation '{kind}' must be one vector");
            int length = reader.ReadInt32();
            if (length == 0) length = reader.ReadInt32();
            int count = reader.ReadInt32();
            int indexCount = reader.ReadInt32();
            bool isDense = count == -1;
            Contracts.CheckDecode(length >= 0 && (type.IsKnownSize ? length == type.Size : true) && (isDense ? indexCount == 0 : count >= 0 && count < length && indexCount == count),
                $"Corrupt schema: annotation '{kind}' of type {type} has {count} of {length} items and {indexCount} indices");

            int[] indices = new IdvRawItems<int>().Read(reader, indexCount);
            for (int i = 0; i < indices.Length; i++)
                Contracts.CheckDecode(indices[i] > (i > 0 ? indices[i - 1] : -1) && indices[i] < length, $"Corrupt schema: indices of annotation '{kind}' do not rise");
            var values = items.Read(reader, isDense ? length : count);
            var value = new VBuffer<T>(length, values.Length, values, indices);
            annotations.Add(kind, type, (ref VBuffer<T> destination) => value.CopyTo(ref destination));
        }

        protected override void WriteParameters(BinaryWriter writer)
        {
            item.WriteDescription(writer);
            writer.Write(type.Dimensions.Length);
            foreach (int length in type.Dimensions)
                writer.Write(length);
        }

        protected override IdvCodec WithType(string name, PrimitiveDataViewType type) => throw Contracts.Except($"A vector is no {type}.");

        protected override IdvCodec InVector(VectorDataViewType type) => throw Contracts.Except("A vector has no vectors as items.");
    }
}
