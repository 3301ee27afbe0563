using System.Collections.Immutable;

namespace Microsoft.ML.Data;

/// <summary>A vector or tensor of primitive items, held as <see cref="VBuffer{T}"/>. A dimension of 0 is one whose length is not known.</summary>
public sealed class VectorDataViewType : StructuredDataViewType
{
    public VectorDataViewType(PrimitiveDataViewType itemType, int size = 0)
        : this(itemType, ImmutableArray.Create(size), nameof(size))
    {
    }

    public VectorDataViewType(PrimitiveDataViewType itemType, params int[] dimensions)
        : this(itemType, [.. dimensions ?? []], nameof(dimensions))
    {
    }

    public VectorDataViewType(PrimitiveDataViewType itemType, ImmutableArray<int> dimensions)
        : this(itemType, dimensions.IsDefault ? [] : dimensions, nameof(dimensions))
    {
    }

    private VectorDataViewType(PrimitiveDataViewType itemType, ImmutableArray<int> dimensions, string paramName)
        : base(BufferType(itemType))
    {
        if (dimensions.Length == 0 || dimensions.Any(length => length < 0))
            throw new ArgumentOutOfRangeException(paramName, $"A vector type needs at least one dimension and none below 0, but got [{string.Join(", ", dimensions)}].");
        ItemType = itemType;
        Dimensions = dimensions;
        Size = dimensions.Aggregate(1, (product, length) => checked(product * length));
    }

    public ImmutableArray<int> Dimensions { get; }

    public PrimitiveDataViewType ItemType { get; }

    /// <summary>The number of items, or 0 where it is not known.</summary>
    public int Size { get; }

    public bool IsKnownSize => Size > 0;

    public override bool Equals(DataViewType? other)
        => ReferenceEquals(this, other) || (other is VectorDataViewType vector && ItemType.Equals(vector.ItemType) && Dimensions.SequenceEqual(vector.Dimensions));

    public override bool Equals(object? other) => other is DataViewType type && Equals(type);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(ItemType);
        foreach (int length in Dimensions) hash.Add(length);
        return hash.ToHashCode();
    }

    public override string ToString()
    {
        if (Dimensions.Length == 1)
            return Size > 0 ? $"Vector<{ItemType}, {Size}>" : $"Vector<{ItemType}>";
        return $"Vector<{ItemType}, {string.Join(", ", Dimensions.Select(length => length > 0 ? length.ToString() : "*"))}>";
    }

    private static Type BufferType(PrimitiveDataViewType itemType)
    {
        ArgumentNullException.ThrowIfNull(itemType);
        return typeof(VBuffer<>).MakeGenericType(itemType.RawType);
    }
}
