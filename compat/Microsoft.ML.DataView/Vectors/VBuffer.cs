using System.Collections;

namespace Microsoft.ML.Data;

/// <summary>
/// A vector, dense or sparse, over arrays that may be longer than it is and are reused from row to row. Dense: as many values as its length, no
/// indices. Sparse: fewer values, with strictly rising indices; every other item is default(T).
/// </summary>
public readonly struct VBuffer<T> : IEnumerable
{
    private readonly T[]? _values;
    private readonly int[]? _indices;
    private readonly int _count;

    public readonly int Length;

    public VBuffer(int length, T[]? values, int[]? indices = null)
        : this(length, length, values, indices)
    {
    }

    public VBuffer(int length, int count, T[]? values, int[]? indices)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (count < 0 || count > length)
            throw new ArgumentOutOfRangeException(nameof(count), $"A vector of length {length} cannot hold {count} values.");
        if ((values?.Length ?? 0) < count)
            throw new ArgumentOutOfRangeException(nameof(values), $"{count} values are needed, the array holds {values?.Length ?? 0}.");
        if (count < length && (indices?.Length ?? 0) < count)
            throw new ArgumentOutOfRangeException(nameof(indices), $"{count} indices are needed, the array holds {indices?.Length ?? 0}.");
        Length = length;
        _count = count;
        _values = values;
        _indices = indices;
    }

    public bool IsDense => _count == Length;

    /// <summary>The explicit values: all of a dense vector.</summary>
    public ReadOnlySpan<T> GetValues() => _values.AsSpan(0, _count);

    /// <summary>The indices of the explicit values of a sparse vector; empty for a dense one.</summary>
    public ReadOnlySpan<int> GetIndices() => IsDense ? default : _indices.AsSpan(0, _count);

    public static void Copy(T[] source, int sourceIndex, ref VBuffer<T> destination, int length)
    {
        var editor = VBufferEditor.Create(ref destination, length);
        source.AsSpan(sourceIndex, length).CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public void CopyTo(ref VBuffer<T> destination)
    {
        var editor = VBufferEditor.Create(ref destination, Length, _count);
        GetValues().CopyTo(editor.Values);
        if (!IsDense) GetIndices().CopyTo(editor.Indices);
        destination = editor.Commit();
    }

    public void CopyTo(ref VBuffer<T> destination, int sourceIndex, int length)
    {
        if (sourceIndex < 0 || sourceIndex > Length) throw new ArgumentOutOfRangeException(nameof(sourceIndex));
        if (length < 0 || length > Length - sourceIndex) throw new ArgumentOutOfRangeException(nameof(length));

        int first = sourceIndex, count = length;
        if (!IsDense)
        {
            first = FirstAtOrAfter(sourceIndex);
            count = FirstAtOrAfter(sourceIndex + length) - first;
        }
        var editor = VBufferEditor.Create(ref destination, length, count);
        GetValues().Slice(first, count).CopyTo(editor.Values);
        for (int i = 0; i < editor.Indices.Length; i++)
            editor.Indices[i] = _indices![first + i] - sourceIndex;
        destination = editor.Commit();
    }

    public void CopyTo(Span<T> destination) => CopyTo(destination, 0);

    public void CopyTo(Span<T> destination, int destinationIndex, T defaultValue = default!)
    {
        if (destinationIndex < 0 || destinationIndex > destination.Length - Length)
            throw new ArgumentOutOfRangeException(nameof(destination), $"Not large enough to hold these values: {Length} at {destinationIndex} do not fit {destination.Length}.");
        var target = destination.Slice(destinationIndex, Length);
        if (IsDense)
        {
            GetValues().CopyTo(target);
            return;
        }
        target.Fill(defaultValue);
        for (int i = 0; i < _count; i++)
            target[_indices![i]] = _values![i];
    }

    public void CopyToDense(ref VBuffer<T> destination)
    {
        // Not through the destination's memory where it is this vector's own: filling with defaults would overwrite values still to be read.
        var editor = VBufferEditor.Create(ref destination, Length);
        if (!IsDense && ReferenceEquals(destination._values, _values))
            DenseArray().CopyTo(editor.Values);
        else
            CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public T GetItemOrDefault(int index)
    {
        if (index < 0 || index >= Length) throw new ArgumentOutOfRangeException(nameof(index));
        if (IsDense) return _values![index];
        int i = GetIndices().BinarySearch(index);
        return i >= 0 ? _values![i] : default!;
    }

    public void GetItemOrDefault(int index, ref T destination) => destination = GetItemOrDefault(index);

    /// <summary>Pairs of index and value: the explicit ones, or all.</summary>
    public IEnumerable<KeyValuePair<int, T>> Items(bool all = false)
    {
        if (IsDense || all)
            return DenseValues().Select((value, i) => new KeyValuePair<int, T>(i, value));
        var (values, indices) = (_values, _indices);
        return Enumerable.Range(0, _count).Select(i => new KeyValuePair<int, T>(indices![i], values![i]));
    }

    public IEnumerable<T> DenseValues() => IsDense ? (_values ?? []).Take(Length) : DenseArray();

    public IEnumerator GetEnumerator() => (_values ?? []).GetEnumerator();

    public override string ToString()
        => IsDense ? $"Dense vector of size {Length}" : $"Sparse vector of size {Length}, {_count} explicit values";

    internal VBufferEditor<T> GetEditor() => GetEditor(Length, _count);

    internal VBufferEditor<T> GetEditor(int newLogicalLength, int? valuesCount, int? maxValuesCapacity = null, bool keepOldOnResize = false, bool requireIndicesOnDense = false)
    {
        if (newLogicalLength < 0)
            throw new ArgumentOutOfRangeException(nameof(newLogicalLength), "Must be non-negative.");
        if (valuesCount < 0 || valuesCount > newLogicalLength)
            throw new ArgumentOutOfRangeException(nameof(valuesCount), $"Must be between 0 and {nameof(newLogicalLength)} ({newLogicalLength}), but it is {valuesCount}.");

        int count = valuesCount ?? newLogicalLength;
        int capacity = maxValuesCapacity ?? Array.MaxLength;
        var values = Grow(_values, count, capacity, keepOldOnResize);
        bool hasIndices = requireIndicesOnDense || count < newLogicalLength;
        var indices = hasIndices ? Grow(_indices, count, capacity, keepOldOnResize) : _indices;
        return new VBufferEditor<T>(newLogicalLength, count, values, indices, hasIndices, !ReferenceEquals(values, _values), !ReferenceEquals(indices, _indices));
    }

    /// <summary>The array where it is large enough, else one of at least the needed size, doubled where capacity allows.</summary>
    private static TItem[]? Grow<TItem>(TItem[]? array, int needed, int capacity, bool keep)
    {
        int have = array?.Length ?? 0;
        if (have >= needed) return array;
        var grown = new TItem[Math.Max(needed, (int)Math.Min(capacity, 2L * have))];
        if (keep) array?.CopyTo(grown, 0);
        return grown;
    }

    private T[] DenseArray()
    {
        var dense = new T[Length];
        CopyTo(dense);
        return dense;
    }

    private int FirstAtOrAfter(int index)
    {
        int i = GetIndices().BinarySearch(index);
        return i >= 0 ? i : ~i;
    }
}
