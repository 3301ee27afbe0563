using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.Prediction;

/// <summary>A transformer of public interfaces only: adds Y = 2 X row by row, and remembers what was asked of it.</summary>
internal sealed class TwiceTransformer(bool isRowToRowMapper = true) : ITransformer, IDisposable
{
    public bool IsRowToRowMapper => isRowToRowMapper;

    public int Disposed { get; private set; }

    /// <summary>The input positions at which the output was computed.</summary>
    public List<long> Positions { get; } = [];

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => GetRowToRowMapper(inputSchema).OutputSchema;

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new Mapper(this, inputSchema);

    public IDataView Transform(IDataView input) => throw new NotSupportedException("Only single rows are transformed here.");

    public void Save(ModelSaveContext ctx) => throw new NotSupportedException("This transformer has no model file.");

    public void Dispose() => Disposed++;

    private sealed class Mapper : IRowToRowMapper
    {
        private readonly TwiceTransformer _owner;

        public Mapper(TwiceTransformer owner, DataViewSchema inputSchema)
        {
            _owner = owner;
            InputSchema = inputSchema;
            var schema = new DataViewSchema.Builder();
            schema.AddColumns(inputSchema);
            schema.AddColumn("Y", NumberDataViewType.Single);
            OutputSchema = schema.ToSchema();
        }

        public DataViewSchema InputSchema { get; }

        public DataViewSchema OutputSchema { get; }

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) => InputSchema;

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
        {
            Assert.AreSame(InputSchema, input.Schema);
            return new Row(this, input, _owner.Positions);
        }
    }

    private sealed class Row(Mapper mapper, DataViewRow input, List<long> positions) : DataViewRow
    {
        public override DataViewSchema Schema => mapper.OutputSchema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (column.Name != "Y")
                return input.GetGetter<TValue>(input.Schema[column.Index]);
            ValueGetter<float> x = input.GetGetter<float>(input.Schema["X"]);
            ValueGetter<float> y = (ref float value) =>
            {
                x(ref value);
                value *= 2;
                positions.Add(input.Position);
            };
            return (ValueGetter<TValue>)(Delegate)y;
        }
    }
}
