using System.Collections;

namespace Microsoft.ML;

/// <summary>The columns of a data view, unchangeable. A later column hides an earlier one of the same name; indices never change.</summary>
public sealed partial class DataViewSchema : IReadOnlyList<DataViewSchema.Column>
{
    private readonly Column[] _columns;
    private readonly Dictionary<string, int> _indexByName;

    private DataViewSchema(Column[] columns, Dictionary<string, int> indexByName)
    {
        _columns = columns;
        _indexByName = indexByName;
    }

    public int Count => _columns.Length;

    public Column this[string name]
        => GetColumnOrNull(name) ?? throw new ArgumentOutOfRangeException(nameof(name), $"Column '{name}' not found");

    public Column this[int columnIndex]
    {
        get
        {
            if ((uint)columnIndex >= (uint)_columns.Length)
                throw new ArgumentOutOfRangeException(nameof(columnIndex), $"The schema has {Count} columns, there is no column {columnIndex}.");
            return _columns[columnIndex];
        }
    }

    public Column? GetColumnOrNull(string name)
    {
        if (string.IsNullOrEmpty(name)) throw new ArgumentNullException(nameof(name));
        return _indexByName.TryGetValue(name, out int index) ? _columns[index] : null;
    }

    public IEnumerator<Column> GetEnumerator() => _columns.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"{Count} columns";

    private static void CheckColumn(string name, Data.DataViewType type)
    {
        if (string.IsNullOrEmpty(name)) throw new ArgumentNullException(nameof(name));
        ArgumentNullException.ThrowIfNull(type);
    }
}
