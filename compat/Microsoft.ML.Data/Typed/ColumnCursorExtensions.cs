using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Reads one column as a sequence.</summary>
public static class ColumnCursorExtensions
{
    public static IEnumerable<T> GetColumn<T>(this IDataView data, string columnName)
    {
        Contracts.CheckValue(data, nameof(data));
        return data.GetColumn<T>(data.Schema[columnName]);
    }

    /// <summary>T is the column's own type, or string for text, or an array of the items of a vector (string for text).</summary>
    public static IEnumerable<T> GetColumn<T>(this IDataView data, DataViewSchema.Column column)
    {
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckNonEmpty(column.Name, nameof(column));
        DataViewSchema.Column own = data.Schema[column.Index];
        if (own.Name != column.Name || !own.Type.Equals(column.Type))
        {
            throw Contracts.ExceptParam(nameof(column),
                $"column with name {column.Name}, type {column.Type}, and index {column.Index} cannot be found in {nameof(data)}");
        }

        if (own.Type.RawType == typeof(T))
            return Read<T, T>(data, own, value => value);
        if (typeof(T) == typeof(string) && own.Type is TextDataViewType)
            return (IEnumerable<T>)Read<ReadOnlyMemory<char>, string>(data, own, value => value.ToString());
        if (typeof(T).IsArray && own.Type is VectorDataViewType vector)
        {
            Type item = typeof(T).GetElementType()!;
            if (item == typeof(string) && vector.ItemType is TextDataViewType)
                return (IEnumerable<T>)ReadArrays<ReadOnlyMemory<char>, string>(data, own, value => value.ToString());
            if (item == vector.ItemType.RawType)
                return Utils.MarshalInvoke<IEnumerable<T>>(ReadArrays<int>, item, data, own);
        }

        throw Contracts.ExceptParam(nameof(column),
            $"Cannot map column (name: {column.Name}, type: {column.Type}) in {nameof(data)} to the user-defined type, {typeof(T)}.");
    }

    private static IEnumerable<T[]> ReadArrays<T>(IDataView data, DataViewSchema.Column column) => ReadArrays<T, T>(data, column, item => item);

    private static IEnumerable<TOut[]> ReadArrays<T, TOut>(IDataView data, DataViewSchema.Column column, Converter<T, TOut> convert)
        => Read<VBuffer<T>, TOut[]>(data, column, vector =>
        {
            T[] items = new T[vector.Length];
            vector.CopyTo(items);
            return items as TOut[] ?? Array.ConvertAll(items, convert);
        });

    private static IEnumerable<TOut> Read<T, TOut>(IDataView data, DataViewSchema.Column column, Func<T, TOut> convert)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        ValueGetter<T> getter = cursor.GetGetter<T>(column);
        T value = default!;
        while (cursor.MoveNext())
        {
            getter(ref value);
            yield return convert(value);
        }
    }
}
