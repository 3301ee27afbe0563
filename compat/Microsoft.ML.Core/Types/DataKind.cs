using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Data;

/// <summary>The simple types by number, as files and options name them.</summary>
public enum DataKind : byte
{
    SByte = 1,
    Byte = 2,
    Int16 = 3,
    UInt16 = 4,
    Int32 = 5,
    UInt32 = 6,
    Int64 = 7,
    UInt64 = 8,
    Single = 9,
    Double = 10,
    String = 11,
    Boolean = 12,
    TimeSpan = 13,
    DateTime = 14,
    DateTimeOffset = 15,
}

/// <summary><see cref="DataKind"/> under its short names, and the row id.</summary>
internal enum InternalDataKind : byte
{
    I1 = DataKind.SByte,
    U1 = DataKind.Byte,
    I2 = DataKind.Int16,
    U2 = DataKind.UInt16,
    I4 = DataKind.Int32,
    U4 = DataKind.UInt32,
    I8 = DataKind.Int64,
    U8 = DataKind.UInt64,
    R4 = DataKind.Single,
    R8 = DataKind.Double,
    TX = DataKind.String,
    BL = DataKind.Boolean,
    TS = DataKind.TimeSpan,
    DT = DataKind.DateTime,
    DZ = DataKind.DateTimeOffset,
    UG = 16,
}

internal static class InternalDataKindExtensions
{
    private static readonly Dictionary<InternalDataKind, PrimitiveDataViewType> TypeByKind = new()
    {
        [InternalDataKind.I1] = NumberDataViewType.SByte,
        [InternalDataKind.U1] = NumberDataViewType.Byte,
        [InternalDataKind.I2] = NumberDataViewType.Int16,
        [InternalDataKind.U2] = NumberDataViewType.UInt16,
        [InternalDataKind.I4] = NumberDataViewType.Int32,
        [InternalDataKind.U4] = NumberDataViewType.UInt32,
        [InternalDataKind.I8] = NumberDataViewType.Int64,
        [InternalDataKind.U8] = NumberDataViewType.UInt64,
        [InternalDataKind.R4] = NumberDataViewType.Single,
        [InternalDataKind.R8] = NumberDataViewType.Double,
        [InternalDataKind.TX] = TextDataViewType.Instance,
        [InternalDataKind.BL] = BooleanDataViewType.Instance,
        [InternalDataKind.TS] = TimeSpanDataViewType.Instance,
        [InternalDataKind.DT] = DateTimeDataViewType.Instance,
        [InternalDataKind.DZ] = DateTimeOffsetDataViewType.Instance,
        [InternalDataKind.UG] = RowIdDataViewType.Instance,
    };

    private static readonly Dictionary<Type, InternalDataKind> KindByType
        = TypeByKind.ToDictionary(pair => pair.Value.RawType, pair => pair.Key).Concat([new(typeof(string), InternalDataKind.TX)]).ToDictionary();

    public static InternalDataKind ToInternalDataKind(this DataKind dataKind) => (InternalDataKind)dataKind;

    public static Type? ToType(this InternalDataKind kind) => TypeByKind.GetValueOrDefault(kind)?.RawType;

    public static bool TryGetDataKind(this Type? type, out InternalDataKind kind)
    {
        kind = default;
        return type is not null && KindByType.TryGetValue(type, out kind);
    }

    internal static bool TryGetPrimitiveType(this InternalDataKind kind, [NotNullWhen(true)] out PrimitiveDataViewType? type) => TypeByKind.TryGetValue(kind, out type);
}
