using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Drops the rows for which a user's predicate is true. Each cursor has one row object, which is filled again for every row.</summary>
internal sealed class CustomPredicateFilter<TSrc> : RowFilter
    where TSrc : class, new()
{
    private readonly Func<TSrc, bool> _drop;
    private readonly TypedCursorable<TSrc> _rows;

    public CustomPredicateFilter(IHostEnvironment env, IDataView source, Func<TSrc, bool> drop)
        : base(env, nameof(CustomPredicateFilter<>), source)
    {
        Host.CheckValue(drop, "predicate");
        _drop = drop;
        _rows = TypedCursorable<TSrc>.Create(Host, source, ignoreMissingColumns: false, schemaDefinition: null);
    }

    protected override IEnumerable<DataViewSchema.Column> TestColumns
    {
        get
        {
            Func<int, bool> isBound = _rows.GetDependencies(_ => false);
            return Schema.Where(column => isBound(column.Index));
        }
    }

    protected override Func<bool> CreateTest(DataViewRow row)
    {
        IRowReadableAs<TSrc> reader = _rows.GetRow(row);
        var item = new TSrc();
        return () =>
        {
            reader.FillValues(item);
            return !_drop(item);
        };
    }
}
