using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Questions about a type that is a vector, a key, both or neither.</summary>
internal static class ColumnTypeExtensions
{
    public static bool IsStandardScalar(this DataViewType columnType)
        => columnType is NumberDataViewType or TextDataViewType or BooleanDataViewType or RowIdDataViewType
            or TimeSpanDataViewType or DateTimeDataViewType or DateTimeOffsetDataViewType;

    /// <summary>The number of categories, or 0 for what is no key.</summary>
    public static ulong GetKeyCount(this DataViewType columnType) => (columnType as KeyDataViewType)?.Count ?? 0;

    public static int GetKeyCountAsInt32(this DataViewType columnType, IExceptionContext? ectx = null)
        => columnType is KeyDataViewType key ? key.GetCountAsInt32(ectx) : 0;

    public static int GetCountAsInt32(this KeyDataViewType key, IExceptionContext? ectx = null)
    {
        ectx.Check(key.Count <= int.MaxValue, $"The key type {key} has more categories than an int can count.");
        return (int)key.Count;
    }

    public static DataViewType GetItemType(this DataViewType columnType) => (columnType as VectorDataViewType)?.ItemType ?? columnType;

    /// <summary>The length of a vector; 0 where it is not known or the type is no vector.</summary>
    public static int GetVectorSize(this DataViewType columnType) => (columnType as VectorDataViewType)?.Size ?? 0;

    /// <summary>The number of values: 1 for what is no vector, 0 where it is not known.</summary>
    public static int GetValueCount(this DataViewType columnType) => (columnType as VectorDataViewType)?.Size ?? 1;

    public static bool IsKnownSizeVector(this DataViewType columnType) => columnType.GetVectorSize() > 0;

    public static PrimitiveDataViewType PrimitiveTypeFromType(Type type)
        => type.TryGetDataKind(out var kind) ? PrimitiveTypeFromKind(kind) : throw Contracts.Except($"{type} is the raw type of no simple column type.");

    public static PrimitiveDataViewType PrimitiveTypeFromKind(InternalDataKind kind)
        => kind.TryGetPrimitiveType(out var type) ? type : throw Contracts.Except($"{kind} is no data kind.");
}
