using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Holds the object that stands for the current row.</summary>
internal interface ICurrentObject<out TRow>
    where TRow : class
{
    TRow Current { get; }
}

/// <summary>The column getters over the members of a row object.</summary>
internal static class MemberGetters<TRow>
    where TRow : class
{
    public static Delegate Create(InternalSchemaDefinition.Column column, ICurrentObject<TRow> row)
    {
        Type type = column.FieldOrPropertyType;
        if (type == typeof(string))
            return Text(column, row);
        if (type == typeof(string[]))
            return TextVector(column, row);
        if (type.IsArray)
            return Utils.MarshalInvoke<Delegate>(Array<int>, type.GetElementType()!, column, row);
        if (column.ColumnType is VectorDataViewType vector)
            return Utils.MarshalInvoke<Delegate>(Buffer<int>, vector.ItemType.RawType, column, row);
        if (column.ColumnType is KeyDataViewType key)
            return Key(column, key, row);
        return Utils.MarshalInvoke<Delegate>(Scalar<int>, type, column, row);
    }

    private static Delegate Scalar<T>(InternalSchemaDefinition.Column column, ICurrentObject<TRow> row)
    {
        Peek<TRow, T> read = MemberAccess<TRow>.Reader<T>(column.MemberInfo);
        return (ValueGetter<T>)((ref T target) => target = read(row.Current));
    }

    private static Delegate Text(InternalSchemaDefinition.Column column, ICurrentObject<TRow> row)
    {
        Peek<TRow, string?> read = MemberAccess<TRow>.Reader<string?>(column.MemberInfo);
        return (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> target) => target = read(row.Current).AsMemory());
    }

    private static Delegate TextVector(InternalSchemaDefinition.Column column, ICurrentObject<TRow> row)
    {
        Peek<TRow, string?[]?> read = MemberAccess<TRow>.Reader<string?[]?>(column.MemberInfo);
        return (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> target) =>
        {
            string?[] texts = read(row.Current) ?? [];
            VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref target, texts.Length);
            for (int i = 0; i < texts.Length; i++)
                editor.Values[i] = texts[i].AsMemory();
            target = editor.Commit();
        });
    }

    private static Delegate Array<T>(InternalSchemaDefinition.Column column, ICurrentObject<TRow> row)
    {
        Peek<TRow, T[]?> read = MemberAccess<TRow>.Reader<T[]?>(column.MemberInfo);
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> target) =>
        {
            T[] values = read(row.Current) ?? [];
            VBufferEditor<T> editor = VBufferEditor.Create(ref target, values.Length);
            values.CopyTo(editor.Values);
            target = editor.Commit();
        });
    }

    private static Delegate Buffer<T>(InternalSchemaDefinition.Column column, ICurrentObject<TRow> row)
    {
        Peek<TRow, VBuffer<T>> read = MemberAccess<TRow>.Reader<VBuffer<T>>(column.MemberInfo);
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> target) => read(row.Current).CopyTo(ref target));
    }

    /// <summary>The member's value v is the key v + 1; a value that the key type does not have is the missing key 0.</summary>
    private static Delegate Key(InternalSchemaDefinition.Column column, KeyDataViewType key, ICurrentObject<TRow> row)
    {
        ulong max = key.Count - 1;
        switch (Type.GetTypeCode(key.RawType))
        {
            case TypeCode.Byte:
                Peek<TRow, byte> readByte = MemberAccess<TRow>.Reader<byte>(column.MemberInfo);
                return (ValueGetter<byte>)((ref byte target) => target = readByte(row.Current) is var v && v <= max ? (byte)(v + 1) : (byte)0);
            case TypeCode.UInt32:
                Peek<TRow, uint> readWord = MemberAccess<TRow>.Reader<uint>(column.MemberInfo);
                return (ValueGetter<uint>)((ref uint target) => target = readWord(row.Current) is var v && v <= max ? v + 1 : 0);
            case TypeCode.UInt64:
                Peek<TRow, ulong> readLong = MemberAccess<TRow>.Reader<ulong>(column.MemberInfo);
                return (ValueGetter<ulong>)((ref ulong target) => target = readLong(row.Current) is var v && v <= max ? v + 1 : 0);
            default:
                throw Contracts.Except($"Column '{column.ColumnName}': a key member has to be byte, uint or ulong to be read, not {key.RawType}.");
        }
    }
}
