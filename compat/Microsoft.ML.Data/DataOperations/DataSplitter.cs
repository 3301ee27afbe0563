using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Splits a view into training and test rows. Each row gets a number in [0, 1], drawn or made of a sampling key's value, and the part of that
/// range that it falls into decides; the two parts are views over the same source, nothing is copied.
/// </summary>
internal sealed class DataSplitter
{
    private const uint DefaultSeed = 42;

    private readonly IHostEnvironment _env;
    private readonly IDataView _data;
    private readonly RowNumber _number;

    public DataSplitter(IHostEnvironment env, IDataView data, string? samplingKeyColumnName, int? seed)
    {
        _env = env;
        seed ??= (env as IHostEnvironmentInternal)?.Seed;
        if (samplingKeyColumnName == null)
        {
            _number = new RandomRowNumber((uint?)seed ?? DefaultSeed);
        }
        else
        {
            DataViewSchema.Column key = data.Schema.GetColumnOrNull(samplingKeyColumnName)
                ?? throw env.ExceptSchemaMismatch("samplingKeyColumn", "SamplingKeyColumn", samplingKeyColumnName);
            _number = NumberOf(data, key, (uint?)seed ?? HashRowNumber.DefaultSeed);
        }

        _data = data;
    }

    public DataOperationsCatalog.TrainTestData Split(Interval test)
        => new(new RangeFilter(_env, _data, _number, test, complement: true), new RangeFilter(_env, _data, _number, test));

    private RowNumber NumberOf(IDataView data, DataViewSchema.Column key, uint hashSeed)
    {
        if (key.Type is KeyDataViewType)
            return new ColumnRowNumber(key);
        if (ColumnRowNumber.Supports(key.Type))
            return new ScaledRowNumber(data, key);
        if (!HashRowNumber.Supports(key.Type))
            throw _env.ExceptParam("samplingKeyColumnName", $"Column '{key.Name}' of type {key.Type} cannot be the key of a split: its values have no hash.");
        return new HashRowNumber(key, hashSeed);
    }
}
