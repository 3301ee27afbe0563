using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ColumnSelectingTransformer), null, typeof(SignatureLoadModel),
    ColumnSelectingTransformer.UserName, ColumnSelectingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed class ColumnSelectingTransformer : ITransformer
{
    internal const string UserName = "Select Columns Transform";
    internal const string LoaderSignature = "SelectColumnsTransform";

    private readonly IHost _host;
    private readonly string[] _selectedColumns;

    internal ColumnSelectingTransformer(IHostEnvironment env, string[]? keepColumns, string[]? dropColumns,
        bool keepHidden = ColumnSelectingEstimator.Defaults.KeepHidden, bool ignoreMissing = ColumnSelectingEstimator.Defaults.IgnoreMissing)
    {
        _host = Contracts.CheckRef(env, nameof(env)).Register(nameof(ColumnSelectingTransformer));
        KeepColumns = keepColumns is { Length: > 0 };
        _host.Check(KeepColumns != dropColumns is { Length: > 0 }, $"Exactly one of {nameof(keepColumns)} and {nameof(dropColumns)} must name columns.");
        _selectedColumns = KeepColumns ? keepColumns! : dropColumns!;
        KeepHidden = keepHidden;
        IgnoreMissing = ignoreMissing;
    }

    internal IReadOnlyList<string> SelectColumns => _selectedColumns;

    /// <summary>Whether the selected columns are kept; otherwise they are dropped.</summary>
    internal bool KeepColumns { get; }

    internal bool KeepHidden { get; }

    internal bool IgnoreMissing { get; }

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Select(inputSchema, nameof(inputSchema)).OutputSchema;

    public IDataView Transform(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return new SelectedColumnsView(_host, Select(input.Schema, nameof(input)), input);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ColumnSelection selection = Select(inputSchema, nameof(inputSchema));
        return new SelectedColumnsView(_host, selection, new EmptyDataView(_host, inputSchema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());
        ctx.Writer.Write(KeepColumns);
        ctx.Writer.Write(KeepHidden);
        ctx.Writer.Write(IgnoreMissing);
        ctx.Writer.Write(_selectedColumns.Length);
        foreach (string name in _selectedColumns) ctx.SaveNonEmptyString(name);
    }

    internal void CheckSelected(IEnumerable<string> inputNames, string parameterName)
    {
        if (IgnoreMissing) return;
        string missing = string.Join(",", _selectedColumns.Except(inputNames));
        if (missing.Length > 0) throw _host.ExceptSchemaMismatch(parameterName, "input", missing);
    }

    // Called by the loader of models, which finds it by its name and parameters.
    private static ColumnSelectingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        bool keepColumns = ctx.Reader.ReadByte() != 0, keepHidden = ctx.Reader.ReadByte() != 0, ignoreMissing = ctx.Reader.ReadByte() != 0;
        int count = ctx.Reader.ReadInt32();
        env.CheckDecode(count > 0, $"The model file is damaged: a selection of {count} columns.");
        var names = new List<string>();
        for (int i = 0; i < count; i++) names.Add(ctx.LoadNonEmptyString());
        return new ColumnSelectingTransformer(env, keepColumns ? [.. names] : null, keepColumns ? null : [.. names], keepHidden, ignoreMissing);
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "SELCOLST",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(ColumnSelectingTransformer).Assembly.FullName!);

    private ColumnSelection Select(DataViewSchema inputSchema, string parameterName)
    {
        _host.CheckValue(inputSchema, parameterName);
        CheckSelected(inputSchema.Select(column => column.Name), parameterName);
        return new ColumnSelection(inputSchema, this);
    }
}
