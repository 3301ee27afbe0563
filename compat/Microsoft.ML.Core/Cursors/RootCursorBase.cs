using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A cursor that decides by itself where its rows are; counts the position and ends itself after the last row.</summary>
internal abstract class RootCursorBase : DataViewRowCursor
{
    private long _position = -1;
    private bool _disposed;

    protected RootCursorBase(IChannelProvider provider)
    {
        Contracts.CheckValue(provider, nameof(provider));
        Ch = provider.Start("Cursor");
    }

    public sealed override long Position => _position;

    protected IChannel Ch { get; }

    /// <summary>Whether the cursor stands at a row.</summary>
    protected bool IsGood => _position >= 0;

    public sealed override bool MoveNext()
    {
        if (_disposed) return false;
        if (MoveNextCore())
        {
            _position++;
            return true;
        }
        Dispose();
        return false;
    }

    /// <summary>Goes to the next row; false where there is none. Called no more after that.</summary>
    protected abstract bool MoveNextCore();

    protected override void Dispose(bool disposing)
    {
        if (_disposed) return;
        _disposed = true;
        _position = -1;
        if (disposing) Ch.Dispose();
        base.Dispose(disposing);
    }
}
