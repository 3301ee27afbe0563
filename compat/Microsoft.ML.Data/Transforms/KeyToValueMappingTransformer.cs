using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(KeyToValueMappingTransformer), null, typeof(SignatureLoadModel),
    KeyToValueMappingTransformer.UserName, KeyToValueMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class KeyToValueMappingTransformer : OneToOneTransformerBase
{
    internal const string UserName = "Key To Value Transform";
    internal const string LoaderSignature = "KeyToValueTransform";

    internal KeyToValueMappingTransformer(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(KeyToValueMappingTransformer)), columns)
    {
    }

    private KeyToValueMappingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
    }

    // Called by the loader of models, which finds it by its name and parameters.
    private static KeyToValueMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        IHost host = env.Register(nameof(KeyToValueMappingTransformer));
        host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new KeyToValueMappingTransformer(host, ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "KEY2VALT",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(KeyToValueMappingTransformer).Assembly.FullName!);

    private sealed class Mapper : OneToOneMapperBase
    {
        private readonly KeyToValueMappingTransformer _parent;
        private readonly KeyValueMap[] _maps;

        public Mapper(KeyToValueMappingTransformer parent, DataViewSchema inputSchema)
            : base(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
        {
            _parent = parent;
            _maps = [.. parent.ColumnPairs.Select((_, i) => MakeMap(inputSchema[ColMapNewToOld[i]]))];
        }

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() => [.. _parent.ColumnPairs.Select((pair, i) =>
        {
            DataViewSchema.Column source = InputSchema[ColMapNewToOld[i]];
            var annotations = new DataViewSchema.Annotations.Builder();
            annotations.Add(source.Annotations, name => name == AnnotationUtils.Kinds.SlotNames);
            DataViewType type = source.Type is VectorDataViewType vector ? new VectorDataViewType(_maps[i].ValueType, vector.Dimensions) : _maps[i].ValueType;
            return new DataViewSchema.DetachedColumn(pair.outputColumnName, type, annotations.ToAnnotations());
        })];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            return _maps[iinfo].MakeGetter(input, input.Schema[ColMapNewToOld[iinfo]]);
        }

        private KeyValueMap MakeMap(DataViewSchema.Column column)
        {
            DataViewType itemType = column.Type.GetItemType();
            if (column.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type is not VectorDataViewType values)
                throw Host.Except($"Metadata KeyValues does not exist: column '{column.Name}' has no values for its keys.");
            if (itemType is not KeyDataViewType key || key.Count != (ulong)values.Size)
                throw Host.Except($"Column '{column.Name}' of type '{column.Type}' has {values.Size} key values, which is not the number of its keys.");
            return Utils.MarshalInvoke<KeyValueMap>(ReadValues<int>, values.ItemType.RawType, column, values.ItemType);
        }

        private static KeyValueMap ReadValues<TValue>(DataViewSchema.Column column, PrimitiveDataViewType valueType)
        {
            VBuffer<TValue> values = default;
            column.Annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref values);
            return new KeyValueMap<TValue>(valueType, [.. values.DenseValues()]);
        }
    }
}
