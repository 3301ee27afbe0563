using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: LoadableClass(typeof(ValueToKeyMappingTransformer), null, typeof(SignatureLoadModel),
    ValueToKeyMappingTransformer.UserName, ValueToKeyMappingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms;

public sealed partial class ValueToKeyMappingTransformer : OneToOneTransformerBase
{
    internal const string UserName = "Term Transform";
    internal const string LoaderSignature = "TermTransform";
    internal const string TermManagerLoaderSignature = "TermManager";

    private const string RegistrationName = "Term";
    private const string VocabularyFolder = "Vocabulary";

    /// <summary>From this version on the model says for each column whether its key values are shown as text; before, all terms were text.</summary>
    private const uint VerNonTextTypesSupported = 0x00010003;

    /// <summary>From this version on a dictionary begins with a byte that tells text from other types.</summary>
    private const uint VerManagerNonTextTypesSupported = 0x00010002;

    private readonly TermMap[] _termMaps;
    private readonly bool[] _textMetadata;

    internal ValueToKeyMappingTransformer(IHostEnvironment env, IDataView input, ValueToKeyMappingEstimator.ColumnOptionsBase[] columns,
        IDataView? keyData)
        : base(Contracts.CheckRef(env, nameof(env)).Register(RegistrationName), [.. columns.Select(c => (c.OutputColumnName, c.InputColumnName))])
    {
        Host.CheckValue(input, nameof(input));
        using IChannel channel = Host.Start("Training");
        _textMetadata = [.. columns.Select(c => c.AddKeyValueAnnotationsAsText)];
        TermType[] types = [.. ColumnPairs.Select(pair => GetTermType(input.Schema, pair.inputColumnName, nameof(input)))];
        _termMaps = keyData is null ? Train(channel, input, columns, types) : TrainOnKeyData(channel, keyData, columns, types);
    }

    private ValueToKeyMappingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        _textMetadata = new bool[ColumnPairs.Length];
        if (ctx.Header.ModelVerWritten >= VerNonTextTypesSupported)
            for (int i = 0; i < _textMetadata.Length; i++) _textMetadata[i] = ctx.Reader.ReadByte() != 0;
        var maps = new TermMap[ColumnPairs.Length];
        if (!ctx.TryProcessSubModel(VocabularyFolder, vocabulary => LoadMaps(vocabulary, maps)))
            throw host.ExceptDecode($"The model file is damaged: the folder '{VocabularyFolder}' with the dictionaries is missing.");
        _termMaps = maps;
    }

    // Called by the loader of models, which finds it by its name and parameters.
    private static ValueToKeyMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        IHost host = env.Register(RegistrationName);
        host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new ValueToKeyMappingTransformer(host, ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        SaveColumns(ctx);
        foreach (bool asText in _textMetadata) ctx.Writer.Write(asText);
        ctx.SaveSubModel(VocabularyFolder, SaveMaps);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "TERMTRNF",
        verWrittenCur: VerNonTextTypesSupported,
        verReadableCur: VerNonTextTypesSupported,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(ValueToKeyMappingTransformer).Assembly.FullName!);

    private static VersionInfo GetTermManagerVersionInfo() => new(
        modelSignature: "TERM MAN",
        verWrittenCur: VerManagerNonTextTypesSupported,
        verReadableCur: VerManagerNonTextTypesSupported,
        verWeCanReadBack: 0x00010001,
        loaderSignature: TermManagerLoaderSignature,
        loaderAssemblyName: typeof(ValueToKeyMappingTransformer).Assembly.FullName!);

    private static void LoadMaps(ModelLoadContext ctx, TermMap[] maps)
    {
        ctx.CheckAtModel(GetTermManagerVersionInfo());
        int count = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(count == maps.Length, $"The model file is damaged: {count} dictionaries for {maps.Length} columns.");
        bool typed = ctx.Header.ModelVerWritten >= VerManagerNonTextTypesSupported;
        for (int i = 0; i < maps.Length; i++) maps[i] = typed ? TermMap.Load(ctx) : TermMap.LoadText(ctx);
    }

    private void SaveMaps(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetTermManagerVersionInfo());
        ctx.Writer.Write(_termMaps.Length);
        foreach (TermMap map in _termMaps) map.Save(ctx);
        ctx.SaveTextStream("Terms.txt", writer =>
        {
            foreach (TermMap map in _termMaps) map.WriteText(writer);
        });
    }

    private TermType GetTermType(DataViewSchema schema, string columnName, string parameterName)
    {
        if (schema.GetColumnOrNull(columnName) is not { } column) throw Host.ExceptSchemaMismatch(parameterName, "input", columnName);
        return TermType.For(column.Type.GetItemType())
            ?? throw Host.ExceptSchemaMismatch(parameterName, "input", columnName, "standard type or a vector of standard type", column.Type.ToString()!);
    }

    /// <summary>One dictionary from given values, for all columns; the order that the first column asks for is that of all.</summary>
    private TermMap[] TrainOnKeyData(IChannel channel, IDataView keyData, ValueToKeyMappingEstimator.ColumnOptionsBase[] columns, TermType[] types)
    {
        DataViewSchema.Column keyColumn = keyData.Schema[0];
        for (int i = 0; i < types.Length; i++)
        {
            if (keyColumn.Type.Equals(types[i].ItemType)) continue;
            throw channel.ExceptParam(nameof(keyData),
                $"The values to map are of type '{keyColumn.Type}', but column '{columns[i].InputColumnName}' has items of type '{types[i].ItemType}'.");
        }
        using DataViewRowCursor cursor = keyData.GetRowCursor([keyColumn]);
        TermTrainer trainer = types[0].CreateTrainer(cursor, keyColumn, int.MaxValue, IsSorted(columns[0]));
        while (cursor.MoveNext() && trainer.ProcessRow()) Host.CheckAlive();
        TermMap map = trainer.Finish();
        if (map.Count == 0) channel.Warning("The given values to map are none, or are all missing: every value becomes the missing key.");
        return [.. columns.Select(_ => map)];
    }

    /// <summary>A dictionary for each column, all of them in one pass over the data, which ends early when all are full.</summary>
    private TermMap[] Train(IChannel channel, IDataView input, ValueToKeyMappingEstimator.ColumnOptionsBase[] columns, TermType[] types)
    {
        foreach (ValueToKeyMappingEstimator.ColumnOptionsBase column in columns)
            channel.CheckUserArg(column.MaximumNumberOfKeys > 0, nameof(column.MaximumNumberOfKeys), "Must be positive");
        DataViewSchema.Column[] sources = [.. columns.Select(c => input.Schema[c.InputColumnName])];
        using DataViewRowCursor cursor = input.GetRowCursor(sources.DistinctBy(source => source.Index));
        TermTrainer[] trainers = [.. columns.Select((c, i) => types[i].CreateTrainer(cursor, sources[i], c.MaximumNumberOfKeys, IsSorted(c)))];
        var active = trainers.ToList();
        while (active.Count > 0 && cursor.MoveNext())
        {
            Host.CheckAlive();
            active.RemoveAll(trainer => !trainer.ProcessRow());
        }
        TermMap[] maps = [.. trainers.Select(trainer => trainer.Finish())];
        for (int i = 0; i < maps.Length; i++)
            if (maps[i].Count == 0) channel.Warning($"No values were found for the keys of column '{columns[i].OutputColumnName}'.");
        return maps;
    }

    private static bool IsSorted(ValueToKeyMappingEstimator.ColumnOptionsBase column) =>
        column.KeyOrdinality == ValueToKeyMappingEstimator.KeyOrdinality.ByValue;
}
