using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Scoring.Columns;

/// <summary>A source column whose values are copied into the arrays of a batch while the source goes on.</summary>
internal abstract class BufferedColumn
{
    /// <summary>
    /// Whether values of a type can be copied: numbers, text, times, keys, any other structure, and vectors of these. An object, such as an MLImage, belongs to
    /// the source, which may change or dispose it when it goes to the next row.
    /// </summary>
    public static bool CanHold(DataViewType type) => FindItemType(type.RawType) is { IsValueType: true } item && !item.IsAssignableTo(typeof(IDisposable));

    /// <summary>Opens the column of a source.</summary>
    /// <param name="source">The source's cursor; its getter of the column is created once.</param>
    /// <param name="column">The column, of a type that can be copied.</param>
    public static BufferedColumn Create(DataViewRow source, DataViewSchema.Column column)
    {
        Type raw = column.Type.RawType, item = FindItemType(raw);
        string method = raw == item ? nameof(CreateScalar) : nameof(CreateVector);
        MethodInfo create = typeof(BufferedColumn).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(item);
        return (BufferedColumn)create.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [source, column], null)!;
    }

    /// <summary>The array that has this column's values in a batch.</summary>
    public abstract Array CreateValues(int capacity);

    /// <summary>Copies the value in the source's current row.</summary>
    /// <param name="values">The batch's array.</param>
    /// <param name="row">The row in the batch.</param>
    public abstract void Read(Array values, int row);

    /// <summary>A <see cref="ValueGetter{TValue}"/> that copies a value out of a batch.</summary>
    /// <param name="find">The array and the row in it.</param>
    public abstract Delegate CreateGetter(Func<(Array Values, int Row)> find);

    private static Type FindItemType(Type raw) =>
        raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>) ? raw.GetGenericArguments()[0] : raw;

    private static BufferedColumn CreateScalar<T>(DataViewRow source, DataViewSchema.Column column) =>
        new Typed<T>(source.GetGetter<T>(column), (in T from, ref T to) => to = from);

    private static BufferedColumn CreateVector<T>(DataViewRow source, DataViewSchema.Column column) =>
        new Typed<VBuffer<T>>(source.GetGetter<VBuffer<T>>(column), (in VBuffer<T> from, ref VBuffer<T> to) => from.CopyTo(ref to));

    private delegate void Copy<T>(in T from, ref T to);

    private sealed class Typed<T>(ValueGetter<T> read, Copy<T> copy) : BufferedColumn
    {
        public override Array CreateValues(int capacity) => new T[capacity];

        public override void Read(Array values, int row) => read(ref ((T[])values)[row]);

        public override Delegate CreateGetter(Func<(Array Values, int Row)> find) => (ValueGetter<T>)((ref T value) =>
        {
            var (values, row) = find();
            copy(in ((T[])values)[row], ref value);
        });
    }
}
