using Microsoft.ML.Internal.Utilities;

namespace Microsoft.ML.Data;

/// <summary>Writers that take a column's current value into a member of an object. A member's own array is used again where it fits.</summary>
internal static class MemberFillers<TRow>
    where TRow : class
{
    public static Action<TRow> Create(InternalSchemaDefinition.Column member, DataViewRow input, DataViewSchema.Column column)
    {
        Type type = member.FieldOrPropertyType;
        if (type == typeof(string))
            return Text(member, input, column);
        if (type == typeof(string[]))
            return TextArray(member, input, column);
        if (type.IsArray)
            return Utils.MarshalInvoke<Action<TRow>>(Array<int>, type.GetElementType()!, member, input, column);
        if (column.Type is VectorDataViewType vector)
            return Utils.MarshalInvoke<Action<TRow>>(Buffer<int>, vector.ItemType.RawType, member, input, column);
        return Utils.MarshalInvoke<Action<TRow>>(Scalar<int>, type, member, input, column);
    }

    private static Action<TRow> Scalar<T>(InternalSchemaDefinition.Column member, DataViewRow input, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = input.GetGetter<T>(column);
        Poke<TRow, T> write = MemberAccess<TRow>.Writer<T>(member.MemberInfo);
        T value = default!;
        return row =>
        {
            getter(ref value);
            write(row, value);
        };
    }

    private static Action<TRow> Text(InternalSchemaDefinition.Column member, DataViewRow input, DataViewSchema.Column column)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = input.GetGetter<ReadOnlyMemory<char>>(column);
        Poke<TRow, string> write = MemberAccess<TRow>.Writer<string>(member.MemberInfo);
        ReadOnlyMemory<char> value = default;
        return row =>
        {
            getter(ref value);
            write(row, value.ToString());
        };
    }

    private static Action<TRow> TextArray(InternalSchemaDefinition.Column member, DataViewRow input, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter = input.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        Peek<TRow, string[]?> read = MemberAccess<TRow>.Reader<string[]?>(member.MemberInfo);
        Poke<TRow, string[]?> write = MemberAccess<TRow>.Writer<string[]?>(member.MemberInfo);
        VBuffer<ReadOnlyMemory<char>> value = default;
        return row =>
        {
            getter(ref value);
            string[]? texts = FittingArray(read(row), value.Length);
            foreach ((int index, ReadOnlyMemory<char> text) in value.Items(all: true))
                texts![index] = text.ToString();
            write(row, texts);
        };
    }

    private static Action<TRow> Array<T>(InternalSchemaDefinition.Column member, DataViewRow input, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<T>> getter = input.GetGetter<VBuffer<T>>(column);
        Peek<TRow, T[]?> read = MemberAccess<TRow>.Reader<T[]?>(member.MemberInfo);
        Poke<TRow, T[]?> write = MemberAccess<TRow>.Writer<T[]?>(member.MemberInfo);
        VBuffer<T> value = default;
        return row =>
        {
            getter(ref value);
            T[]? values = FittingArray(read(row), value.Length);
            value.CopyTo(values);
            write(row, values);
        };
    }

    private static Action<TRow> Buffer<T>(InternalSchemaDefinition.Column member, DataViewRow input, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<T>> getter = input.GetGetter<VBuffer<T>>(column);
        Peek<TRow, VBuffer<T>> read = MemberAccess<TRow>.Reader<VBuffer<T>>(member.MemberInfo);
        Poke<TRow, VBuffer<T>> write = MemberAccess<TRow>.Writer<VBuffer<T>>(member.MemberInfo);
        return row =>
        {
            VBuffer<T> value = read(row);
            getter(ref value);
            write(row, value);
        };
    }

    // An empty vector leaves a member that is null as it is.
    private static T[]? FittingArray<T>(T[]? own, int length) => (own?.Length ?? 0) == length ? own : new T[length];
}
