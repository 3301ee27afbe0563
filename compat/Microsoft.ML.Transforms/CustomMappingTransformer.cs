using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed class CustomMappingTransformer<TSrc, TDst> : ITransformer
    where TSrc : class, new()
    where TDst : class, new()
{
    private readonly IHost _host;
    private readonly Action<TSrc, TDst> _mapAction;
    private readonly string? _contractName;

    internal CustomMappingTransformer(IHostEnvironment env, Action<TSrc, TDst> mapAction, string? contractName,
        SchemaDefinition? inputSchemaDefinition = null, SchemaDefinition? outputSchemaDefinition = null)
    {
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register(nameof(CustomMappingTransformer<TSrc, TDst>));
        _host.CheckValue(mapAction, nameof(mapAction));
        _mapAction = mapAction;
        _contractName = contractName;
        InputSchemaDefinition = inputSchemaDefinition;
        AddedSchema = outputSchemaDefinition is null
            ? InternalSchemaDefinition.Create(typeof(TDst), SchemaDefinition.Direction.Write)
            : InternalSchemaDefinition.Create(typeof(TDst), outputSchemaDefinition);
    }

    internal InternalSchemaDefinition AddedSchema { get; }

    internal SchemaDefinition? InputSchemaDefinition { get; }

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        return RowToRowMapperTransform.GetOutputSchema(inputSchema, MakeRowMapper(inputSchema));
    }

    public IDataView Transform(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return new RowToRowMapperTransform(_host, input, MakeRowMapper(input.Schema), MakeRowMapper);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        return new RowToRowMapperTransform(_host, new EmptyDataView(_host, inputSchema), MakeRowMapper(inputSchema), MakeRowMapper);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        if (_contractName is null)
            throw _host.Except("A custom mapping without a contract name cannot be saved: name the contract of its CustomMappingFactory.");
        LambdaTransform.Save(_host, ctx, _contractName, _mapAction.Method.DeclaringType!.Assembly.FullName!);
    }

    private IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private sealed class Mapper(CustomMappingTransformer<TSrc, TDst> parent, DataViewSchema inputSchema) : IRowMapper
    {
        private readonly IHost _host = parent._host.Register(nameof(Mapper));

        private readonly TypedCursorable<TSrc> _source = TypedCursorable<TSrc>.Create(
            parent._host, new EmptyDataView(parent._host, inputSchema), ignoreMissingColumns: false, parent.InputSchemaDefinition);

        private int ColumnCount => parent.AddedSchema.Columns.Length;

        public DataViewSchema.DetachedColumn[] GetOutputColumns() => DataViewConstructionUtils.GetSchemaColumns(parent.AddedSchema);

        public Func<int, bool> GetDependencies(Func<int, bool> activeOutput) =>
            Enumerable.Range(0, ColumnCount).Any(activeOutput) ? _source.GetDependencies(_ => false) : _ => false;

        public Delegate?[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            var getters = new Delegate?[ColumnCount];
            if (!Enumerable.Range(0, ColumnCount).Any(activeOutput)) return getters;
            var target = new DataViewConstructionUtils.InputRow<TDst>(_host, parent.AddedSchema);
            Action refresh = MakeRefresh(input, target);
            for (int i = 0; i < getters.Length; i++)
                if (activeOutput(i))
                    getters[i] = Utils.MarshalInvoke<Delegate>(MakeGetter<int>, target.Schema[i].Type.RawType, target, target.Schema[i], refresh);
            return getters;
        }

        public ITransformer GetTransformer() => parent;

        void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)parent).Save(ctx);

        /// <summary>The action is called once per row, by whichever column asks first; the two objects are used again for every row.</summary>
        private Action MakeRefresh(DataViewRow input, DataViewConstructionUtils.InputRow<TDst> target)
        {
            IRowReadableAs<TSrc> source = _source.GetRow(input);
            var src = new TSrc();
            var dst = new TDst();
            long servedPosition = -1;
            return () =>
            {
                if (servedPosition == input.Position) return;
                source.FillValues(src);
                parent._mapAction(src, dst);
                target.ExtractValues(dst);
                servedPosition = input.Position;
            };
        }

        private static ValueGetter<T> MakeGetter<T>(DataViewRow target, DataViewSchema.Column column, Action refresh)
        {
            ValueGetter<T> getter = target.GetGetter<T>(column);
            return (ref T value) =>
            {
                refresh();
                getter(ref value);
            };
        }
    }
}
