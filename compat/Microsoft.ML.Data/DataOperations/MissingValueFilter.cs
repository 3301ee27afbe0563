using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Keeps the rows that have no missing value (NaN, key 0) in some columns of floating-point numbers or keys, vectors of them included.</summary>
internal sealed class MissingValueFilter : RowFilter
{
    private readonly DataViewSchema.Column[] _columns;

    public MissingValueFilter(IHostEnvironment env, IDataView source, string[] columns)
        : base(env, nameof(MissingValueFilter), source)
    {
        _columns = Array.ConvertAll(columns, Find);
        if (_columns.Select(column => column.Index).Distinct().Count() != _columns.Length)
            throw Host.ExceptUserArg(nameof(columns), "A column is given more than once.");
    }

    protected override IEnumerable<DataViewSchema.Column> TestColumns => _columns;

    protected override Func<bool> CreateTest(DataViewRow row)
    {
        Func<bool>[] tests = Array.ConvertAll(_columns, column => TestOf(row, column));
        return () => Array.TrueForAll(tests, test => test());
    }

    private DataViewSchema.Column Find(string name)
    {
        DataViewSchema.Column column = Schema.GetColumnOrNull(name) ?? throw Host.ExceptUserArg("columns", "Source column '{0}' not found", name);
        DataViewType item = column.Type.GetItemType();
        if (!item.Equals(NumberDataViewType.Single) && !item.Equals(NumberDataViewType.Double) && item is not KeyDataViewType)
            throw Host.ExceptUserArg("columns", $"Column '{name}' has type {column.Type}, which has no missing values to filter by.");
        return column;
    }

    private static Func<bool> TestOf(DataViewRow row, DataViewSchema.Column column) => Type.GetTypeCode(column.Type.GetItemType().RawType) switch
    {
        TypeCode.Single => TestOf<float>(row, column, float.IsNaN),
        TypeCode.Double => TestOf<double>(row, column, double.IsNaN),
        TypeCode.Byte => TestOf<byte>(row, column, key => key == 0),
        TypeCode.UInt16 => TestOf<ushort>(row, column, key => key == 0),
        TypeCode.UInt32 => TestOf<uint>(row, column, key => key == 0),
        _ => TestOf<ulong>(row, column, key => key == 0),
    };

    private static Func<bool> TestOf<T>(DataViewRow row, DataViewSchema.Column column, Predicate<T> isMissing)
        where T : struct
    {
        if (column.Type is not VectorDataViewType)
        {
            ValueGetter<T> getter = row.GetGetter<T>(column);
            T value = default;
            return () =>
            {
                getter(ref value);
                return !isMissing(value);
            };
        }

        ValueGetter<VBuffer<T>> vectorGetter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> vector = default;
        return () =>
        {
            vectorGetter(ref vector);
            if (!vector.IsDense && isMissing(default))
                return false;
            foreach (T value in vector.GetValues())
            {
                if (isMissing(value))
                    return false;
            }

            return true;
        };
    }
}
