namespace Microsoft.ML.Data;

/// <summary>Fills a <see cref="VBuffer{T}"/> in place, reusing its memory where that is large enough.</summary>
public static class VBufferEditor
{
    public static VBufferEditor<T> CreateFromBuffer<T>(scoped ref VBuffer<T> destination) => destination.GetEditor();

    public static VBufferEditor<T> Create<T>(scoped ref VBuffer<T> destination, int newLogicalLength, int? valuesCount = null, int? maxValuesCapacity = null,
        bool keepOldOnResize = false, bool requireIndicesOnDense = false)
        => destination.GetEditor(newLogicalLength, valuesCount, maxValuesCapacity, keepOldOnResize, requireIndicesOnDense);
}

/// <summary>The values (and, for a sparse vector, the indices) being edited; <see cref="Commit"/> makes the vector of them.</summary>
public readonly ref struct VBufferEditor<T>
{
    private readonly int _logicalLength;
    private readonly T[]? _valueArray;
    private readonly int[]? _indexArray;

    public readonly Span<T> Values;
    public readonly Span<int> Indices;

    internal VBufferEditor(int logicalLength, int valuesCount, T[]? values, int[]? indices, bool hasIndices, bool createdNewValues, bool createdNewIndices)
    {
        _logicalLength = logicalLength;
        _valueArray = values;
        _indexArray = indices;
        Values = values.AsSpan(0, valuesCount);
        Indices = hasIndices ? indices.AsSpan(0, valuesCount) : default;
        CreatedNewValues = createdNewValues;
        CreatedNewIndices = createdNewIndices;
    }

    public bool CreatedNewValues { get; }

    public bool CreatedNewIndices { get; }

    public VBuffer<T> Commit() => new(_logicalLength, Values.Length, _valueArray, _indexArray);

    /// <summary>Commits only the first values, as a sparse vector where they are fewer than the length.</summary>
    public VBuffer<T> CommitTruncated(int physicalValuesCount)
    {
        if (physicalValuesCount > Values.Length)
            throw new ArgumentOutOfRangeException(nameof(physicalValuesCount), $"The editor holds {Values.Length} values, {physicalValuesCount} cannot be committed.");
        return new VBuffer<T>(_logicalLength, physicalValuesCount, _valueArray, _indexArray);
    }
}
