using Microsoft.ML.Internal.Utilities;

namespace Microsoft.ML.Data;

/// <summary>Copies of one column's values in numbered slots. Vectors keep their memory when a slot is filled again.</summary>
internal abstract class RowSlot
{
    public static RowSlot Create(DataViewRow row, DataViewSchema.Column column)
        => Utils.MarshalInvoke<RowSlot>(Create<int>, column.Type.RawType, row, column);

    /// <summary>Copies the row's current value into a slot; room is made as slots are first used.</summary>
    public abstract void Fill(int slot);

    private static RowSlot<T> Create<T>(DataViewRow row, DataViewSchema.Column column) => new(row.GetGetter<T>(column));
}

internal sealed class RowSlot<T>(ValueGetter<T> source) : RowSlot
{
    private static readonly ValueCopier<T> _copy = ValueCopier.Of<T>();

    private T[] _values = new T[16];

    public override void Fill(int slot)
    {
        if (slot >= _values.Length)
            Array.Resize(ref _values, (int)Math.Min(Array.MaxLength, Math.Max(slot + 1, 2L * _values.Length)));
        source(ref _values[slot]);
    }

    public void Fetch(int slot, ref T value) => _copy(in _values[slot], ref value);
}
