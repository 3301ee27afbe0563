namespace Microsoft.ML.Data;

/// <summary>Base of attributes that give a field or property of a row class a custom column type.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = false, Inherited = true)]
public abstract class DataViewTypeAttribute : Attribute, IEquatable<DataViewTypeAttribute>
{
    /// <summary>Makes the pair of .NET type and column type known to <c>DataViewTypeManager</c>.</summary>
    public abstract void Register();

    public abstract bool Equals(DataViewTypeAttribute? other);
}
