using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ColumnCopyingTransformer), null, typeof(SignatureLoadModel),
    ColumnCopyingTransformer.UserName, ColumnCopyingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class ColumnCopyingEstimator : TrivialEstimator<ColumnCopyingTransformer>
{
    internal ColumnCopyingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName)
        : this(env, (outputColumnName, inputColumnName))
    {
    }

    internal ColumnCopyingEstimator(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(ColumnCopyingEstimator)), new ColumnCopyingTransformer(env, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        var result = inputSchema.ToDictionary(column => column.Name);
        foreach ((string outputName, string inputName) in Transformer.ColumnPairs)
        {
            if (!inputSchema.TryFindColumn(inputName, out SchemaShape.Column input))
                throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", inputName);
            result[outputName] = new SchemaShape.Column(outputName, input.Kind, input.ItemType, input.IsKey, input.Annotations);
        }
        return new SchemaShape(result.Values);
    }
}

public sealed class ColumnCopyingTransformer : OneToOneTransformerBase
{
    internal const string UserName = "Copy Columns Transform";
    internal const string LoaderSignature = "CopyTransform";

    internal ColumnCopyingTransformer(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(ColumnCopyingTransformer)), columns)
    {
    }

    private ColumnCopyingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
    }

    // Called by the loader of models, which finds it by its name and parameters.
    private static ColumnCopyingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new ColumnCopyingTransformer(env.Register(nameof(ColumnCopyingTransformer)), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "COPYCOLT",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(ColumnCopyingTransformer).Assembly.FullName!);

    private sealed class Mapper(ColumnCopyingTransformer parent, DataViewSchema inputSchema)
        : OneToOneMapperBase(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
    {
        private readonly ColumnCopyingTransformer _parent = parent;

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() => [.. _parent.ColumnPairs.Select((pair, i) =>
        {
            DataViewSchema.Column source = InputSchema[ColMapNewToOld[i]];
            return new DataViewSchema.DetachedColumn(pair.outputColumnName, source.Type, source.Annotations);
        })];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            DataViewSchema.Column source = input.Schema[ColMapNewToOld[iinfo]];
            return Utils.MarshalInvoke<Delegate>(GetGetter<int>, source.Type.RawType, input, source);
        }

        private static Delegate GetGetter<T>(DataViewRow row, DataViewSchema.Column column) => row.GetGetter<T>(column);
    }
}
