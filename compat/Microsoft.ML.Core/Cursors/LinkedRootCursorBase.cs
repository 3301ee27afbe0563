using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A cursor over another cursor, with rows of its own choosing.</summary>
internal abstract class LinkedRootCursorBase : RootCursorBase
{
    private bool _disposed;

    protected LinkedRootCursorBase(IChannelProvider provider, DataViewRowCursor input)
        : base(provider)
    {
        Input = input;
    }

    protected DataViewRowCursor Input { get; }

    /// <summary>The cursor that moves: under a chain of synchronized ones, the first that is none.</summary>
    protected DataViewRowCursor Root => Input is SynchronizedCursorBase synchronized ? synchronized.Root : Input;

    protected override void Dispose(bool disposing)
    {
        if (_disposed) return;
        _disposed = true;
        if (disposing) Input.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>The same with the input's columns.</summary>
internal abstract class LinkedRowRootCursorBase : LinkedRootCursorBase
{
    private readonly bool[]? _active;

    protected LinkedRowRootCursorBase(IChannelProvider provider, DataViewRowCursor input, DataViewSchema schema, bool[]? active)
        : base(provider, input)
    {
        _active = active;
        Schema = schema;
    }

    public sealed override DataViewSchema Schema { get; }

    public sealed override bool IsColumnActive(DataViewSchema.Column column)
    {
        Ch.CheckParam(column.Index < Schema.Count, nameof(column));
        return _active is null || _active[column.Index];
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Input.GetGetter<TValue>(column);
}

/// <summary>A cursor over those rows of another that are accepted.</summary>
internal abstract class LinkedRowFilterCursorBase : LinkedRowRootCursorBase
{
    protected LinkedRowFilterCursorBase(IChannelProvider provider, DataViewRowCursor input, DataViewSchema schema, bool[]? active)
        : base(provider, input, schema, active)
    {
    }

    public override long Batch => Input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    protected override bool MoveNextCore()
    {
        while (Root.MoveNext())
            if (Accept()) return true;
        return false;
    }

    protected abstract bool Accept();
}
