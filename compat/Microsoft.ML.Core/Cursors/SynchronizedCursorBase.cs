using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A cursor that stands at the same row as its input, with other columns.</summary>
internal abstract class SynchronizedCursorBase : DataViewRowCursor
{
    private bool _disposed;

    protected SynchronizedCursorBase(IChannelProvider provider, DataViewRowCursor input)
    {
        Ch = provider.Start("Cursor");
        Input = input;
        Root = input is SynchronizedCursorBase synchronized ? synchronized.Root : input;
    }

    public sealed override long Position => Root.Position;

    public sealed override long Batch => Root.Batch;

    internal DataViewRowCursor Root { get; }

    protected IChannel Ch { get; }

    protected DataViewRowCursor Input { get; }

    /// <summary>Whether the cursor stands at a row.</summary>
    protected bool IsGood => Position >= 0;

    public sealed override bool MoveNext() => Root.MoveNext();

    public sealed override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    protected override void Dispose(bool disposing)
    {
        if (_disposed) return;
        _disposed = true;
        if (disposing)
        {
            Input.Dispose();
            Ch.Dispose();
        }
        base.Dispose(disposing);
    }
}
