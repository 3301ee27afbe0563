using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>One number per row that filters and splits decide by. NaN means that the row belongs to no side.</summary>
internal abstract class RowNumber
{
    /// <summary>The columns that the number is computed from.</summary>
    public virtual IEnumerable<DataViewSchema.Column> Columns => [];

    /// <summary>Whether the number depends on how many rows came before, so that rows must be read in order by one cursor.</summary>
    public virtual bool DependsOnOrder => false;

    /// <summary>A reader of the current row's number, called exactly once per row.</summary>
    public abstract Func<double> CreateReader(DataViewRow row);
}

/// <summary>A draw per row: uniform in [0, 1), the same sequence for the same seed.</summary>
internal sealed class RandomRowNumber(uint seed) : RowNumber
{
    public override bool DependsOnOrder => true;

    public override Func<double> CreateReader(DataViewRow row)
    {
        TauswortheHybrid random = RandomUtils.Create(seed);
        return () => random.NextSingle();
    }
}

/// <summary>The value of a Single or Double column; of a key column the middle of the key's share of [0, 1], NaN where it is missing.</summary>
internal sealed class ColumnRowNumber(DataViewSchema.Column column) : RowNumber
{
    public override IEnumerable<DataViewSchema.Column> Columns => [column];

    public static bool Supports(DataViewType type)
        => type.Equals(NumberDataViewType.Single) || type.Equals(NumberDataViewType.Double) || type is KeyDataViewType;

    public override Func<double> CreateReader(DataViewRow row)
    {
        if (column.Type is not KeyDataViewType key)
            return column.Type.Equals(NumberDataViewType.Single) ? Reader<float>(row, value => value) : Reader<double>(row, value => value);
        return Type.GetTypeCode(key.RawType) switch
        {
            TypeCode.Byte => Reader<byte>(row, value => Middle(value, key.Count)),
            TypeCode.UInt16 => Reader<ushort>(row, value => Middle(value, key.Count)),
            TypeCode.UInt32 => Reader<uint>(row, value => Middle(value, key.Count)),
            TypeCode.UInt64 => Reader<ulong>(row, value => Middle(value, key.Count)),
            _ => throw Contracts.ExceptNotSupp($"Column '{column.Name}' is a key of type {key.RawType}."),
        };
    }

    /// <summary>Key k of n lies at (k - 1/2) / n.</summary>
    public static double Middle(ulong key, ulong count) => key == 0 || key > count ? double.NaN : ((uint)key - 0.5) / count;

    private Func<double> Reader<T>(DataViewRow row, Func<T, double> convert)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return convert(value);
        };
    }
}

/// <summary>
/// A Single or Double column scaled to [0, 1] by its smallest and largest value, which one pass finds; a constant column is 0 everywhere.
/// The scaling is done in the column's own precision: a row on a boundary must fall to the same side as with the official normalizer.
/// </summary>
internal sealed class ScaledRowNumber : RowNumber
{
    private readonly DataViewSchema.Column _column;
    private readonly double _offset;
    private readonly double _scale;

    public ScaledRowNumber(IDataView data, DataViewSchema.Column column)
    {
        _column = column;
        double min = double.PositiveInfinity;
        double max = double.NegativeInfinity;
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        Func<double> read = new ColumnRowNumber(column).CreateReader(cursor);
        while (cursor.MoveNext())
        {
            double value = read();
            if (value < min)
                min = value;
            if (value > max)
                max = value;
        }

        if (max > min)
        {
            _scale = IsSingle ? 1 / ((float)max - (float)min) : 1 / (max - min);
            _offset = _scale == 0 ? 0 : min;
        }
    }

    public override IEnumerable<DataViewSchema.Column> Columns => [_column];

    private bool IsSingle => _column.Type.Equals(NumberDataViewType.Single);

    public override Func<double> CreateReader(DataViewRow row)
    {
        Func<double> read = new ColumnRowNumber(_column).CreateReader(row);
        if (!IsSingle)
            return () => (read() - _offset) * _scale;
        float offset = (float)_offset;
        float scale = (float)_scale;
        return () => ((float)read() - offset) * scale;
    }
}
