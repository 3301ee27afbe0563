namespace Microsoft.ML.Data;

/// <summary>A category: the raw value 0 means missing, raw value k (1 to <see cref="Count"/>) is category k - 1.</summary>
public sealed class KeyDataViewType : PrimitiveDataViewType
{
    public KeyDataViewType(Type type, ulong count)
        : base(type)
    {
        if (!IsValidDataType(type))
            throw new ArgumentOutOfRangeException(nameof(type), "Type is not valid, it must be Byte, UInt16, UInt32, or UInt64.");
        if (count == 0 || count > MaxCount(type))
        {
            throw new ArgumentOutOfRangeException(nameof(count),
                $"The cardinality of a {nameof(KeyDataViewType)} must be at least 1 and at most {type.Name}.MaxValue, but it is {count}.");
        }
        Count = count;
    }

    public KeyDataViewType(Type type, int count)
        : this(type, count > 0
            ? (ulong)count
            : throw new ArgumentOutOfRangeException(nameof(count), $"The cardinality of a {nameof(KeyDataViewType)} must be strictly positive, but it is {count}."))
    {
    }

    public ulong Count { get; }

    public static bool IsValidDataType(Type type) => MaxCount(type) > 0;

    public override bool Equals(DataViewType? other) => other is KeyDataViewType key && key.RawType == RawType && key.Count == Count;

    public override bool Equals(object? other) => other is DataViewType type && Equals(type);

    public override int GetHashCode() => HashCode.Combine(RawType, Count);

    public override string ToString() => $"Key<{RawType.Name}, 0-{Count - 1}>";

    private static ulong MaxCount(Type type)
    {
        if (type == typeof(uint)) return uint.MaxValue;
        if (type == typeof(ulong)) return ulong.MaxValue;
        if (type == typeof(ushort)) return ushort.MaxValue;
        return type == typeof(byte) ? byte.MaxValue : 0UL;
    }
}
