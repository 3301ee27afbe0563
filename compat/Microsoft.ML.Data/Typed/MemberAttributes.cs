using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Marks an unsigned integer member as a key with <c>count</c> values; the member's value v is the key v + 1.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = false, Inherited = true)]
public sealed class KeyTypeAttribute : Attribute
{
    public KeyTypeAttribute() => throw Contracts.ExceptNotSupp("A key type needs its number of values: use [KeyType(count)].");

    public KeyTypeAttribute(ulong count) => KeyCount = count;

    internal ulong KeyCount { get; }
}

/// <summary>Gives the size of the vector that an array or VBuffer member becomes; without it the vector is of variable size.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = false, Inherited = true)]
public sealed class VectorTypeAttribute : Attribute
{
    public VectorTypeAttribute() => Dims = [];

    public VectorTypeAttribute(int size)
        : this(nameof(size), [size])
    {
    }

    public VectorTypeAttribute(params int[] dimensions)
        : this(nameof(dimensions), dimensions)
    {
    }

    private VectorTypeAttribute(string parameter, int[] dimensions)
    {
        foreach (int dimension in dimensions)
            Contracts.CheckParam(dimension >= 0, parameter, "A vector dimension must not be negative (0 means unknown).");
        Dims = dimensions;
    }

    internal int[] Dims { get; }
}

/// <summary>Names the column that a member is read from or written to, where it is not the member's own name.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = false, Inherited = true)]
public sealed class ColumnNameAttribute : Attribute
{
    public ColumnNameAttribute(string name) => Name = name;

    internal string Name { get; }
}

/// <summary>Keeps a member out of the columns.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = false, Inherited = true)]
public sealed class NoColumnAttribute : Attribute
{
}
