using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>Collects the terms of one column, row by row, up to a number of terms.</summary>
internal abstract class TermTrainer
{
    /// <summary>Takes the current row's terms. False where no more rows are needed, because the maximum is reached.</summary>
    public abstract bool ProcessRow();

    public abstract TermMap Finish();
}

/// <inheritdoc/>
internal sealed class TermTrainer<T> : TermTrainer
{
    private readonly TermType<T> _type;
    private readonly TermSet<T> _terms;
    private readonly bool _sorted;
    private readonly Action _addRow;
    private int _remaining;
    private bool _sawImplicitDefault;

    public TermTrainer(TermType<T> type, DataViewRow row, DataViewSchema.Column column, int maximum, bool sorted)
    {
        _type = type;
        _terms = new TermSet<T>(type);
        _sorted = sorted;
        _remaining = maximum;
        _addRow = column.Type is VectorDataViewType ? AddVector(row.GetGetter<VBuffer<T>>(column)) : AddScalar(row.GetGetter<T>(column));
    }

    public override bool ProcessRow()
    {
        if (_remaining > 0) _addRow();
        return _remaining > 0;
    }

    public override TermMap Finish()
    {
        if (_sorted) _terms.Sort();
        return new TermMap<T>(_type, _terms);
    }

    private void Add(T term)
    {
        if (_remaining > 0 && _terms.TryAdd(term)) _remaining--;
    }

    private Action AddScalar(ValueGetter<T> getter)
    {
        T value = default!;
        return () =>
        {
            getter(ref value);
            Add(value);
        };
    }

    private Action AddVector(ValueGetter<VBuffer<T>> getter)
    {
        VBuffer<T> vector = default;
        return () =>
        {
            getter(ref vector);
            ReadOnlySpan<T> values = vector.GetValues();
            ReadOnlySpan<int> indices = vector.GetIndices();
            for (int i = 0; i < values.Length; i++)
            {
                // A sparse vector means the same as a dense one: its first implicit default value is a term at its place.
                if (!vector.IsDense && indices[i] != i) AddImplicitDefault();
                Add(values[i]);
            }
            if (values.Length < vector.Length) AddImplicitDefault();
        };
    }

    private void AddImplicitDefault()
    {
        if (_sawImplicitDefault) return;
        _sawImplicitDefault = true;
        Add(default!);
    }
}
