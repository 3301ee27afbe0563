using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Computes columns of a row from other columns of the same row.</summary>
internal interface IRowMapper : ICanSaveModel
{
    /// <summary>Which input columns those output columns need; the output columns count by the mapper's own order.</summary>
    Func<int, bool> GetDependencies(Func<int, bool> activeOutput);

    /// <summary>A getter per output column, null where it is not active, and what is to be called when they are needed no more.</summary>
    Delegate?[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action? disposer);

    DataViewSchema.DetachedColumn[] GetOutputColumns();

    ITransformer GetTransformer();
}

/// <summary>A data view with the columns of its source and those of a row mapper.</summary>
internal sealed class RowToRowMapperTransform : IDataView, IRowToRowMapper
{
    private readonly IHost _host;
    private readonly IRowMapper _mapper;
    private readonly ColumnBindings _bindings;

    public RowToRowMapperTransform(IHostEnvironment env, IDataView input, IRowMapper mapper, Func<DataViewSchema, IRowMapper>? mapperFactory)
    {
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register(nameof(RowToRowMapperTransform));
        _host.CheckValue(input, nameof(input));
        _host.CheckValue(mapper, nameof(mapper));
        Source = input;
        _mapper = mapper;
        MapperFactory = mapperFactory;
        _bindings = new ColumnBindings(input.Schema, mapper.GetOutputColumns());
    }

    public IDataView Source { get; }

    /// <summary>Makes the same mapper for another input schema.</summary>
    public Func<DataViewSchema, IRowMapper>? MapperFactory { get; }

    public DataViewSchema InputSchema => Source.Schema;

    public DataViewSchema OutputSchema => _bindings.Schema;

    public DataViewSchema Schema => _bindings.Schema;

    public bool CanShuffle => Source.CanShuffle;

    public static DataViewSchema GetOutputSchema(DataViewSchema inputSchema, IRowMapper mapper)
        => new ColumnBindings(inputSchema, mapper.GetOutputColumns()).Schema;

    public long? GetRowCount() => Source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var needed = RowCursorUtils.FromColumnsToPredicate(columnsNeeded, Schema);
        return new Cursor(_host, Source.GetRowCursor(GetInputColumns(needed), rand), this, needed);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var needed = RowCursorUtils.FromColumnsToPredicate(columnsNeeded, Schema);
        return [.. Source.GetRowCursorSet(GetInputColumns(needed), n, rand).Select(input => new Cursor(_host, input, this, needed))];
    }

    IEnumerable<DataViewSchema.Column> IRowToRowMapper.GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
        => GetInputColumns(RowCursorUtils.FromColumnsToPredicate(dependingColumns, Schema));

    DataViewRow IRowToRowMapper.GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        _host.CheckValue(input, nameof(input));
        _host.Check(input.Schema == InputSchema, "Schema of input row must be the same as the schema the mapper is bound to");
        return new MappedRow(input, this, RowCursorUtils.FromColumnsToPredicate(activeColumns, Schema));
    }

    internal ITransformer GetTransformer() => _mapper.GetTransformer();

    private IEnumerable<DataViewSchema.Column> GetInputColumns(Func<int, bool> needed)
    {
        bool[] passedOn = _bindings.GetActiveInput(needed);
        var computedFrom = _mapper.GetDependencies(AddedColumns(needed));
        return [.. InputSchema.Where(column => passedOn[column.Index] || computedFrom(column.Index))];
    }

    /// <summary>The same predicate over the mapper's own columns.</summary>
    private Func<int, bool> AddedColumns(Func<int, bool> needed)
        => added => added >= 0 && added < _bindings.AddedColumnIndices.Count && needed(_bindings.AddedColumnIndices[added]);

    /// <summary>The getters of a row: the input's own, and the mapper's.</summary>
    private sealed class Getters
    {
        private readonly RowToRowMapperTransform _parent;
        private readonly DataViewRow _input;
        private readonly Delegate?[] _added;
        private readonly Action? _disposer;

        public Getters(RowToRowMapperTransform parent, DataViewRow input, Func<int, bool> needed)
        {
            _parent = parent;
            _input = input;
            _added = parent._mapper.CreateGetters(input, parent.AddedColumns(needed), out _disposer);
        }

        public ValueGetter<TValue> Get<TValue>(DataViewSchema.Column column)
        {
            int index = _parent._bindings.MapColumnIndex(out bool isInput, column.Index);
            if (isInput) return _input.GetGetter<TValue>(_input.Schema[index]);
            var getter = _added[index] ?? throw _parent._host.Except($"Column '{column.Name}' is not active.");
            return getter as ValueGetter<TValue>
                ?? throw _parent._host.Except($"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments().First()}'.");
        }

        public void Dispose() => _disposer?.Invoke();
    }

    private sealed class MappedRow : WrappingRow
    {
        private readonly RowToRowMapperTransform _parent;
        private readonly Func<int, bool> _needed;
        private readonly Getters _getters;

        public MappedRow(DataViewRow input, RowToRowMapperTransform parent, Func<int, bool> needed)
            : base(input)
        {
            _parent = parent;
            _needed = needed;
            _getters = new Getters(parent, input, needed);
        }

        public override DataViewSchema Schema => _parent.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            int index = _parent._bindings.MapColumnIndex(out bool isInput, column.Index);
            return isInput ? Input.IsColumnActive(Input.Schema[index]) : _needed(column.Index);
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _getters.Get<TValue>(column);

        protected override void DisposeCore(bool disposing)
        {
            if (disposing) _getters.Dispose();
        }
    }

    private sealed class Cursor : SynchronizedCursorBase
    {
        private readonly Func<int, bool> _needed;
        private readonly Getters _getters;
        private bool _disposed;

        public Cursor(IChannelProvider provider, DataViewRowCursor input, RowToRowMapperTransform parent, Func<int, bool> needed)
            : base(provider, input)
        {
            Schema = parent.Schema;
            _needed = needed;
            _getters = new Getters(parent, input, needed);
        }

        public override DataViewSchema Schema { get; }

        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            Ch.Check(column.Index < Schema.Count);
            return _needed(column.Index);
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Ch.Check(IsColumnActive(column), $"Column '{column.Name}' is not active.");
            return _getters.Get<TValue>(column);
        }

        protected override void Dispose(bool disposing)
        {
            if (_disposed) return;
            _disposed = true;
            if (disposing) _getters.Dispose();
            base.Dispose(disposing);
        }
    }
}
