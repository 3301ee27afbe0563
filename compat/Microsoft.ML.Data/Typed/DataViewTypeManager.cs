using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Which column type a .NET type has that is not one of the standard ones, such as an image. A type may stand for several column types,
/// told apart by a <see cref="DataViewTypeAttribute"/> on the member that holds it. The table is one for the process.
/// </summary>
public static class DataViewTypeManager
{
    private static readonly object _lock = new();
    private static readonly Dictionary<MemberType, DataViewType> _byMemberType = [];
    private static readonly Dictionary<DataViewType, MemberType> _byColumnType = [];

    public static void Register(DataViewType dataViewType, Type type, DataViewTypeAttribute? typeAttribute = null)
    {
        Contracts.CheckValue(dataViewType, nameof(dataViewType));
        Contracts.CheckValue(type, nameof(type));
        if (type == typeof(string) || MemberColumns.IsStandard(type))
            throw Contracts.ExceptParam(nameof(type), $"Type {type} already has a column type of its own and cannot be registered.");

        var key = new MemberType(type, typeAttribute);
        lock (_lock)
        {
            bool knowsMember = _byMemberType.TryGetValue(key, out DataViewType? registered);
            if (knowsMember && !registered!.Equals(dataViewType))
                throw Contracts.ExceptParam(nameof(type), $"Type {type} is already registered as {registered} and cannot be registered as {dataViewType}.");
            if (_byColumnType.TryGetValue(dataViewType, out MemberType holder) && !holder.Equals(key))
            {
                throw Contracts.ExceptParam(nameof(dataViewType),
                    $"Column type {dataViewType} is already registered for {holder.Type} and cannot be registered for {type}.");
            }

            _byMemberType[key] = dataViewType;
            _byColumnType[dataViewType] = key;
        }
    }

    internal static DataViewType GetDataViewType(Type type, IEnumerable<Attribute>? typeAttributes = null)
    {
        MemberType key = KeyOf(type, typeAttributes);
        lock (_lock)
        {
            return _byMemberType.TryGetValue(key, out DataViewType? columnType)
                ? columnType
                : throw Contracts.ExceptParam(nameof(type), $"Type {type} is not registered with a column type.");
        }
    }

    internal static bool Knows(Type type, IEnumerable<Attribute>? typeAttributes = null)
    {
        MemberType key = KeyOf(type, typeAttributes);
        lock (_lock)
            return _byMemberType.ContainsKey(key);
    }

    internal static bool Knows(DataViewType dataViewType)
    {
        lock (_lock)
            return _byColumnType.ContainsKey(dataViewType);
    }

    private static MemberType KeyOf(Type type, IEnumerable<Attribute>? attributes)
    {
        DataViewTypeAttribute[] typeAttributes = [.. (attributes ?? []).OfType<DataViewTypeAttribute>()];
        if (typeAttributes.Length > 1)
            throw Contracts.ExceptParam(nameof(type), $"Type {type} has more than one attribute that gives its column type.");
        return new MemberType(type, typeAttributes.SingleOrDefault());
    }

    private readonly record struct MemberType(Type Type, DataViewTypeAttribute? Attribute);
}
