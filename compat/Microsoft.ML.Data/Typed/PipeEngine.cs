using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Turns a view into objects. The binding is checked at once; each enumeration is a cursor of its own.</summary>
internal sealed class PipeEngine<TDst>(IHostEnvironment env, IDataView pipe, bool ignoreMissingColumns, SchemaDefinition? schemaDefinition = null)
    where TDst : class, new()
{
    private readonly TypedCursorable<TDst> _rows = TypedCursorable<TDst>.Create(env, pipe, ignoreMissingColumns, schemaDefinition);

    public IEnumerable<TDst> RunPipe(bool reuseRowObject)
    {
        using TypedCursor<TDst> cursor = _rows.GetCursor();
        TDst? row = null;
        while (cursor.MoveNext())
        {
            if (!reuseRowObject || row == null)
                row = new TDst();
            cursor.FillValues(row);
            yield return row;
        }
    }
}
