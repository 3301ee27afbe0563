namespace Microsoft.ML.Data;

/// <summary>The type of a column or annotation: what a value means (a key, text, an image), beyond the .NET type that holds it.</summary>
public abstract class DataViewType : IEquatable<DataViewType>
{
    private protected DataViewType(Type rawType)
    {
        ArgumentNullException.ThrowIfNull(rawType);
        RawType = rawType;
    }

    /// <summary>The .NET type that holds a value of this type.</summary>
    public Type RawType { get; }

    public abstract bool Equals(DataViewType? other);
}

/// <summary>A type with parts or resources; its raw type may need disposal.</summary>
public abstract class StructuredDataViewType : DataViewType
{
    protected StructuredDataViewType(Type rawType)
        : base(rawType)
    {
    }
}

/// <summary>A type whose values can be copied freely and be the items of vectors.</summary>
public abstract class PrimitiveDataViewType : DataViewType
{
    protected PrimitiveDataViewType(Type rawType)
        : base(rawType)
    {
        if (typeof(IDisposable).IsAssignableFrom(rawType))
            throw new ArgumentException($"{rawType.Name} is disposable; a {nameof(PrimitiveDataViewType)} cannot have such a {nameof(RawType)}.", nameof(rawType));
    }
}
