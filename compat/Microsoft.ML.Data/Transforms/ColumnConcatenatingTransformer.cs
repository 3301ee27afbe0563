using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(ColumnConcatenatingTransformer), null, typeof(SignatureLoadModel),
    ColumnConcatenatingTransformer.UserName, ColumnConcatenatingTransformer.LoaderSignature)]

namespace Microsoft.ML.Data;

public sealed class ColumnConcatenatingTransformer : RowToRowTransformerBase
{
    internal const string UserName = "Concat Transform";
    internal const string LoaderSignature = "ConcatTransform";
    internal const string LoaderSignatureOld = "ConcatFunction";

    private readonly ColumnOptions[] _columns;

    internal ColumnConcatenatingTransformer(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
        : this(env, new ColumnOptions(outputColumnName, inputColumnNames))
    {
    }

    internal ColumnConcatenatingTransformer(IHostEnvironment env, params ColumnOptions[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(ColumnConcatenatingTransformer)))
    {
        Host.CheckNonEmpty(columns, nameof(columns));
        _columns = [.. columns];
    }

    // Called by the loader of models, which finds it by its name and parameters.
    private static ColumnConcatenatingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        int count = ctx.Reader.ReadInt32();
        env.CheckDecode(count > 0, $"The model file is damaged: a concatenation into {count} columns.");
        var columns = new List<ColumnOptions>();
        for (int i = 0; i < count; i++) columns.Add(new ColumnOptions(ctx));
        return new ColumnConcatenatingTransformer(env, [.. columns]);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ctx.Writer.Write(_columns.Length);
        foreach (ColumnOptions column in _columns) column.Save(ctx);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "CONCAT F",
        verWrittenCur: 0x00010003,
        verReadableCur: 0x00010003,
        // Versions 1 and 2, of before transformers, have another layout; they are not read.
        verWeCanReadBack: 0x00010003,
        loaderSignature: LoaderSignature,
        loaderSignatureAlt: LoaderSignatureOld,
        loaderAssemblyName: typeof(ColumnConcatenatingTransformer).Assembly.FullName!);

    /// <summary>
    /// One output column and what it is made of. A source may have an alias, which replaces its column name as the (prefix of the) slot names.
    /// In the file: output name, number of sources, and for each its name and alias, all as string ids.
    /// </summary>
    internal sealed class ColumnOptions
    {
        private readonly (string name, string? alias)[] _sources;

        public ColumnOptions(string name, params string[] inputColumnNames)
            : this(name, inputColumnNames.Select(input => (input, (string?)null)))
        {
        }

        public ColumnOptions(string name, IEnumerable<(string name, string? alias)> inputColumnNames)
        {
            Name = Contracts.CheckNonEmpty(name, nameof(name));
            _sources = [.. inputColumnNames];
            Contracts.CheckNonEmpty(_sources, nameof(inputColumnNames));
            foreach ((string input, _) in _sources) Contracts.CheckNonEmpty(input, nameof(inputColumnNames));
        }

        internal ColumnOptions(ModelLoadContext ctx)
        {
            Name = ctx.LoadNonEmptyString();
            int count = ctx.Reader.ReadInt32();
            Contracts.CheckDecode(count > 0, $"The model file is damaged: column '{Name}' is concatenated from {count} columns.");
            var sources = new List<(string, string?)>();
            for (int i = 0; i < count; i++) sources.Add((ctx.LoadNonEmptyString(), ctx.LoadStringOrNull()));
            _sources = [.. sources];
        }

        public string Name { get; }

        public IReadOnlyList<(string name, string? alias)> Sources => _sources;

        public void Save(ModelSaveContext ctx)
        {
            ctx.SaveNonEmptyString(Name);
            ctx.Writer.Write(_sources.Length);
            foreach ((string name, string? alias) in _sources)
            {
                ctx.SaveNonEmptyString(name);
                ctx.SaveStringOrNull(alias);
            }
        }
    }

    private sealed class Mapper : MapperBase
    {
        private readonly ColumnConcatenatingTransformer _parent;
        private readonly ConcatenatedColumn[] _columns;

        public Mapper(ColumnConcatenatingTransformer parent, DataViewSchema inputSchema)
            : base(parent.Host.Register(nameof(Mapper)), inputSchema, parent)
        {
            _parent = parent;
            _columns = [.. parent._columns.Select(column => new ConcatenatedColumn(Host, inputSchema, column))];
        }

        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() => [.. _columns.Select(column => column.ToSchemaColumn())];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            return _columns[iinfo].MakeGetter(input);
        }

        private protected override Func<int, bool> GetDependenciesCore(Func<int, bool> activeOutput)
        {
            var needed = _columns.Where((_, i) => activeOutput(i)).SelectMany(column => column.SourceIndices).ToHashSet();
            return needed.Contains;
        }

        private protected override void SaveModel(ModelSaveContext ctx) => _parent.SaveModel(ctx);
    }
}
