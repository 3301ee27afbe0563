namespace Microsoft.ML.Data;

/// <summary>
/// Where the columns of an input and of a mapper lie in the output: the input's in their order; a new column at the end, or, where its name is
/// taken, behind the last column of that name, which it hides.
/// </summary>
internal sealed class ColumnBindings
{
    // Per output column: the index of an input column, or the complement of that of an added one.
    private readonly List<int> _sources;

    public ColumnBindings(DataViewSchema input, DataViewSchema.DetachedColumn[] addedColumns)
    {
        InputSchema = input;
        _sources = [.. Enumerable.Range(0, input.Count)];
        string NameOf(int source) => source >= 0 ? input[source].Name : addedColumns[~source].Name;
        for (int i = 0; i < addedColumns.Length; i++)
        {
            int namesake = _sources.FindLastIndex(source => NameOf(source) == addedColumns[i].Name);
            _sources.Insert(namesake >= 0 ? namesake + 1 : _sources.Count, ~i);
        }

        Schema = SchemaExtensions.MakeSchema(_sources.Select(source => source >= 0 ? new DataViewSchema.DetachedColumn(input[source]) : addedColumns[~source]));
        var addedIndices = new int[addedColumns.Length];
        for (int i = 0; i < _sources.Count; i++)
            if (_sources[i] < 0) addedIndices[~_sources[i]] = i;
        AddedColumnIndices = addedIndices;
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema Schema { get; }

    /// <summary>Where each added column lies in the output.</summary>
    public IReadOnlyList<int> AddedColumnIndices { get; }

    /// <summary>The index, among the input's columns or the added ones, of an output column.</summary>
    public int MapColumnIndex(out bool isSrcColumn, int col)
    {
        int source = _sources[col];
        isSrcColumn = source >= 0;
        return isSrcColumn ? source : ~source;
    }

    /// <summary>A flag per input column: whether an active output column is just it.</summary>
    public bool[] GetActiveInput(Func<int, bool> predicate)
    {
        var active = new bool[InputSchema.Count];
        for (int i = 0; i < _sources.Count; i++)
            if (_sources[i] >= 0 && predicate(i)) active[_sources[i]] = true;
        return active;
    }
}
