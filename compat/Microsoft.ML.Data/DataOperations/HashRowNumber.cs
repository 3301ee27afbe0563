using System.Numerics;
using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// A column of any simple type hashed to a key of 30 bits, and that key's middle in [0, 1]: equal values always fall to the same side of a
/// split. Vectors are hashed as a whole. A missing value (empty text, NaN, key 0) belongs to no side.
/// </summary>
internal sealed class HashRowNumber(DataViewSchema.Column column, uint seed) : RowNumber
{
    public const uint DefaultSeed = 314489979;

    private const uint Mask = (1u << 30) - 1;

    /// <summary>Mixes one value into a hash; false where the value is missing.</summary>
    private delegate bool Fold<T>(ref uint hash, in T value);

    public override IEnumerable<DataViewSchema.Column> Columns => [column];

    public static bool Supports(DataViewType type) => type.GetItemType() is PrimitiveDataViewType;

    public override Func<double> CreateReader(DataViewRow row)
    {
        DataViewType item = column.Type.GetItemType();
        switch (item)
        {
            case TextDataViewType:
                return TextReader(row);
            case BooleanDataViewType:
                return Reader<bool>(row, 4, (ref uint hash, in bool value) => Add(ref hash, value ? 1u : 0u));
            case DateTimeDataViewType:
                return Reader<DateTime>(row, 8, (ref uint hash, in DateTime value) => Add(ref hash, (ulong)value.Ticks));
            case DateTimeOffsetDataViewType:
                return Reader<DateTimeOffset>(row, 8, (ref uint hash, in DateTimeOffset value) => Add(ref hash, (ulong)value.UtcDateTime.Ticks));
            case TimeSpanDataViewType:
                return Reader<TimeSpan>(row, 8, (ref uint hash, in TimeSpan value) => Add(ref hash, (ulong)value.Ticks));
            case RowIdDataViewType:
                return Reader<DataViewRowId>(row, 16, (ref uint hash, in DataViewRowId value) => Add(ref hash, (uint)value.Low));
        }

        bool isKey = item is KeyDataViewType;
        return Type.GetTypeCode(item.RawType) switch
        {
            TypeCode.SByte => Reader<sbyte>(row, 4, (ref uint hash, in sbyte value) => Add(ref hash, (uint)value)),
            TypeCode.Int16 => Reader<short>(row, 4, (ref uint hash, in short value) => Add(ref hash, (uint)value)),
            TypeCode.Int32 => Reader<int>(row, 4, (ref uint hash, in int value) => Add(ref hash, (uint)value)),
            TypeCode.Int64 => Reader<long>(row, 8, (ref uint hash, in long value) => Add(ref hash, (ulong)value)),
            TypeCode.Byte => Unsigned<byte>(row, 4, isKey),
            TypeCode.UInt16 => Unsigned<ushort>(row, 4, isKey),
            TypeCode.UInt32 => Unsigned<uint>(row, 4, isKey),
            TypeCode.UInt64 => Unsigned<ulong>(row, 8, isKey),
            TypeCode.Single => Reader<float>(row, 4, (ref uint hash, in float value) =>
                !float.IsNaN(value) && Add(ref hash, BitConverter.SingleToUInt32Bits(value == 0 ? 0 : value))),
            TypeCode.Double => Reader<double>(row, 8, (ref uint hash, in double value) =>
                !double.IsNaN(value) && Add(ref hash, BitConverter.DoubleToUInt64Bits(value == 0 ? 0 : value))),
            _ => throw Contracts.ExceptNotSupp($"Column '{column.Name}' of type {column.Type} cannot be hashed."),
        };
    }

    private static bool Add(ref uint hash, uint word)
    {
        hash = Hashing.MurmurRound(hash, word);
        return true;
    }

    private static bool Add(ref uint hash, ulong word) => Add(ref hash, (uint)word) && Add(ref hash, (uint)(word >> 32));

    private static double Middle(uint hash) => ColumnRowNumber.Middle((hash & Mask) + 1, Mask + 1);

    private Func<double> Unsigned<T>(DataViewRow row, int bytes, bool isKey)
        where T : struct, IUnsignedNumber<T>
        => Reader<T>(row, bytes, (ref uint hash, in T value) =>
        {
            ulong word = ulong.CreateTruncating(value);
            if (isKey && word == 0)
                return false;
            return bytes == 4 ? Add(ref hash, (uint)word) : Add(ref hash, word);
        });

    private Func<double> Reader<T>(DataViewRow row, int bytes, Fold<T> fold)
    {
        if (column.Type is not VectorDataViewType)
        {
            ValueGetter<T> getter = row.GetGetter<T>(column);
            T value = default!;
            return () =>
            {
                getter(ref value);
                uint hash = seed;
                return fold(ref hash, in value) ? Middle(Hashing.MixHash(hash, bytes)) : double.NaN;
            };
        }

        ValueGetter<VBuffer<T>> vectorGetter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> vector = default;
        VBuffer<T> dense = default;

        // The official hash of a vector of row ids counts four bytes for each id, not sixteen.
        int itemBytes = typeof(T) == typeof(DataViewRowId) ? 4 : bytes;
        return () =>
        {
            vectorGetter(ref vector);
            vector.CopyToDense(ref dense);
            uint hash = seed;
            foreach (ref readonly T value in dense.GetValues())
            {
                if (!fold(ref hash, in value))
                    return double.NaN;
            }

            return Middle(Hashing.MixHash(hash, dense.Length * itemBytes));
        };
    }

    /// <summary>Texts are hashed without the blanks around them, each with its length; a vector's texts are chained.</summary>
    private Func<double> TextReader(DataViewRow row)
    {
        if (column.Type is not VectorDataViewType)
        {
            ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(column);
            ReadOnlyMemory<char> text = default;
            return () =>
            {
                getter(ref text);
                return text.IsEmpty ? double.NaN : Middle(Hashing.MurmurHashV2(seed, text.Span.Trim(' ')));
            };
        }

        ValueGetter<VBuffer<ReadOnlyMemory<char>>> vectorGetter = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        VBuffer<ReadOnlyMemory<char>> vector = default;
        return () =>
        {
            vectorGetter(ref vector);
            uint hash = seed;
            foreach (ReadOnlyMemory<char> text in vector.DenseValues())
            {
                if (text.IsEmpty)
                    return double.NaN;
                hash = Hashing.MurmurHashV2(hash, text.Span.Trim(' '));
            }

            return Middle(hash);
        };
    }
}
