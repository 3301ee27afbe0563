using System.Globalization;
using System.Reflection;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.ModelFiles;

/// <summary>A view as lines of text: its columns with types and annotations, then each column's values. For comparing with recorded ones.</summary>
internal static class ViewText
{
    public static string Of(IDataView view)
    {
        var text = new StringBuilder();
        foreach (DataViewSchema.Column column in view.Schema)
        {
            text.Append(CultureInfo.InvariantCulture, $"{column.Name}:{column.Type}{(column.IsHidden ? " hidden" : "")}\n");
            foreach (DataViewSchema.Column annotation in column.Annotations.Schema)
                text.Append(CultureInfo.InvariantCulture, $"  {annotation.Name}:{annotation.Type} {Names(column, annotation)}\n");
            // An image has no text: the views of pictures are compared by the pixels that are extracted from them.
            if (!column.IsHidden && ItemType(column.Type) != typeof(MLImage))
                text.Append(CultureInfo.InvariantCulture, $"  {string.Join(" | ", Values(view, column))}\n");
        }
        return text.ToString();
    }

    private static Type ItemType(DataViewType type) => type is VectorDataViewType vector ? vector.ItemType.RawType : type.RawType;

    private static string Names(DataViewSchema.Column column, DataViewSchema.Column annotation)
    {
        if (ItemType(annotation.Type) != typeof(ReadOnlyMemory<char>)) return "";
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(annotation.Name, ref names);
        return string.Join(',', names.DenseValues());
    }

    private static IEnumerable<string> Values(IDataView view, DataViewSchema.Column column)
    {
        string reader = column.Type is VectorDataViewType ? nameof(Vectors) : nameof(Scalars);
        MethodInfo method = typeof(ViewText).GetMethod(reader, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(ItemType(column.Type));
        return (IEnumerable<string>)method.Invoke(null, [view, column])!;
    }

    private static List<string> Scalars<T>(IDataView view, DataViewSchema.Column column) => Read<T>(view, column, value => Text(value));

    private static List<string> Vectors<T>(IDataView view, DataViewSchema.Column column) =>
        Read<VBuffer<T>>(view, column, vector => string.Join(' ', vector.DenseValues().Select(value => Text(value))));

    private static List<string> Read<T>(IDataView view, DataViewSchema.Column column, Func<T, string> text)
    {
        List<string> values = [];
        using DataViewRowCursor cursor = view.GetRowCursor([column]);
        ValueGetter<T> getter = cursor.GetGetter<T>(column);
        T value = default!;
        while (cursor.MoveNext())
        {
            getter(ref value);
            values.Add(text(value));
        }
        return values;
    }

    private static string Text<T>(T value) => Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "''";
}
