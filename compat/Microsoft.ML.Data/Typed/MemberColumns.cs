using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>What a field or property of a user's class says about its column: whether it has one, the name and the type.</summary>
internal static class MemberColumns
{
    /// <summary>The members that have columns: public instance fields first, then properties without an index.</summary>
    public static IEnumerable<MemberInfo> Of(Type userType, SchemaDefinition.Direction direction)
    {
        bool read = direction.HasFlag(SchemaDefinition.Direction.Read);
        bool write = direction.HasFlag(SchemaDefinition.Direction.Write);
        IEnumerable<MemberInfo> fields = userType.GetFields(BindingFlags.Public | BindingFlags.Instance);
        IEnumerable<MemberInfo> properties = userType.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0)
            .Where(property => (read && property.GetGetMethod() != null) || (write && property.GetSetMethod() != null));
        return fields.Concat(properties).Where(HasColumn);
    }

    public static MemberInfo? Find(Type userType, string name) => (MemberInfo?)userType.GetField(name) ?? userType.GetProperty(name);

    // A channel member receives the cursor's channel in some transforms and is never data.
    public static bool HasColumn(MemberInfo member) => ValueType(member) != typeof(IChannel) && member.GetCustomAttribute<NoColumnAttribute>() == null;

    public static string NameOf(MemberInfo member) => member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name;

    public static Type ValueType(MemberInfo member) => member switch
    {
        FieldInfo field => field.FieldType,
        PropertyInfo property => property.PropertyType,
        _ => throw Contracts.ExceptNotSupp($"'{member.Name}' is neither a field nor a property."),
    };

    /// <summary>Makes the type manager know the column type that a member's type attribute, such as ImageType, stands for.</summary>
    public static void RegisterType(MemberInfo member)
    {
        DataViewTypeAttribute[] attributes = [.. member.GetCustomAttributes<DataViewTypeAttribute>()];
        if (attributes.Length > 1)
            throw Contracts.ExceptParam("userType", $"Member {member.Name} has more than one attribute that gives its column type.");
        if (attributes.Length == 1)
            attributes[0].Register();
    }

    /// <summary>Takes a member's type apart: arrays and VBuffers are vectors of their items, text is stored as characters in memory.</summary>
    public static (Type ItemType, bool IsVector) Split(Type valueType)
    {
        bool isVector = true;
        Type item;
        if (valueType.IsArray)
            item = valueType.GetElementType()!;
        else if (valueType.IsGenericType && valueType.GetGenericTypeDefinition() == typeof(VBuffer<>))
            item = valueType.GetGenericArguments()[0];
        else
            (item, isVector) = (valueType, false);
        return (item == typeof(string) ? typeof(ReadOnlyMemory<char>) : item, isVector);
    }

    /// <summary>As <see cref="Split"/>, for a type that has to be one that a column can hold.</summary>
    public static (Type ItemType, bool IsVector) SplitKnown(string memberName, Type valueType, IEnumerable<Attribute>? attributes)
    {
        (Type item, bool isVector) = Split(valueType);
        if (!IsStandard(item) && !DataViewTypeManager.Knows(item, attributes))
        {
            // The wording is the official one: callers show it to their users.
            throw Contracts.ExceptParam("rawType", "Could not determine an IDataView type and registered custom types for member {0}", memberName);
        }

        return (item, isVector);
    }

    public static (Type ItemType, bool IsVector) SplitKnown(MemberInfo member)
        => SplitKnown(member.Name, ValueType(member), member.GetCustomAttributes());

    public static bool IsStandard(Type itemType) => itemType.TryGetDataKind(out _);

    /// <summary>The column type that a member has by itself and its attributes.</summary>
    public static DataViewType TypeOf(MemberInfo member)
    {
        (Type raw, bool isVector) = SplitKnown(member);
        IEnumerable<Attribute> attributes = member.GetCustomAttributes();
        if (DataViewTypeManager.Knows(raw, attributes))
            return DataViewTypeManager.GetDataViewType(raw, attributes);

        PrimitiveDataViewType item = KeyTypeOf(member, raw) ?? ColumnTypeExtensions.PrimitiveTypeFromType(raw);
        var vector = member.GetCustomAttribute<VectorTypeAttribute>();
        if (!isVector)
        {
            if (vector != null)
                throw Contracts.ExceptParam("userType", $"Member {member.Name} has the attribute VectorType, but is neither an array nor a VBuffer.");
            return item;
        }

        return vector is { Dims.Length: > 0 } ? new VectorDataViewType(item, vector.Dims) : new VectorDataViewType(item);
    }

    private static KeyDataViewType? KeyTypeOf(MemberInfo member, Type raw)
    {
        var key = member.GetCustomAttribute<KeyTypeAttribute>();
        if (key == null)
            return null;
        if (!KeyDataViewType.IsValidDataType(raw))
            throw Contracts.ExceptParam("userType", $"Member {member.Name} has the attribute KeyType, but a key has to be byte, ushort, uint or ulong.");
        return new KeyDataViewType(raw, key.KeyCount);
    }
}
