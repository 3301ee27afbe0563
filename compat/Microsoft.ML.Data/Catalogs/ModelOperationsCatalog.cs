using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Saving, loading and using models.</summary>
public sealed class ModelOperationsCatalog : IInternalCatalog
{
    private const string TransformerFolder = "TransformerChain";
    private const string SchemaEntry = "Schema";

    private readonly IHostEnvironment _env;

    internal ModelOperationsCatalog(IHostEnvironment env)
    {
        _env = env;
    }

    IHostEnvironment IInternalCatalog.Environment => _env;

    public void Save(ITransformer? model, DataViewSchema? inputSchema, string filePath)
    {
        _env.CheckNonEmpty(filePath, nameof(filePath));
        // Whoever watches the file, or has it open, never meets half of it.
        string temporary = $"{filePath}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = File.Create(temporary))
                Save(model, inputSchema, stream);
            File.Move(temporary, filePath, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    public void Save(ITransformer? model, DataViewSchema? inputSchema, Stream stream)
    {
        _env.CheckValue(stream, nameof(stream));
        using var repository = RepositoryWriter.CreateNew(stream, _env);
        ModelSaveContext.SaveModel(repository, model, TransformerFolder);
        if (inputSchema is not null)
        {
            using var channel = _env.Start("Saving Schema");
            using var entry = repository.CreateEntry(SchemaEntry);
            SchemaFile.Write(channel, inputSchema, entry.Stream, keepHidden: true);
        }
        repository.Commit();
    }

    public ITransformer Load(string filePath, out DataViewSchema inputSchema)
    {
        _env.CheckNonEmpty(filePath, nameof(filePath));
        using var stream = File.OpenRead(filePath);
        return Load(stream, out inputSchema);
    }

    public ITransformer Load(Stream stream, out DataViewSchema inputSchema)
    {
        _env.CheckValue(stream, nameof(stream));
        using var repository = RepositoryReader.Open(stream, _env);
        try
        {
            using (var schema = repository.OpenEntryOrNull(SchemaEntry))
                inputSchema = schema is null ? null! : SchemaFile.Read(schema.Stream);
            ModelLoadContext.LoadModel<ITransformer, SignatureLoadModel>(_env, out var model, repository, TransformerFolder);
            return model;
        }
        catch (Exception e) when (e is not (FormatException or InvalidDataException) && e.GetBaseException() is FormatException or InvalidDataException or EndOfStreamException)
        {
            throw _env.ExceptDecode(e, $"The model file is damaged: {e.GetBaseException().Message}");
        }
    }

    public PredictionEngine<TSrc, TDst> CreatePredictionEngine<TSrc, TDst>(ITransformer transformer, bool ignoreMissingColumns = true,
        SchemaDefinition? inputSchemaDefinition = null, SchemaDefinition? outputSchemaDefinition = null)
        where TSrc : class
        where TDst : class, new()
        => new(_env, transformer, ignoreMissingColumns, inputSchemaDefinition, outputSchemaDefinition);

    public PredictionEngine<TSrc, TDst> CreatePredictionEngine<TSrc, TDst>(ITransformer transformer, DataViewSchema inputSchema)
        where TSrc : class
        where TDst : class, new()
        => new(_env, transformer, ignoreMissingColumns: false, DataViewConstructionUtils.GetSchemaDefinition<TSrc>(_env, inputSchema));

    public PredictionEngine<TSrc, TDst> CreatePredictionEngine<TSrc, TDst>(ITransformer transformer, PredictionEngineOptions options)
        where TSrc : class
        where TDst : class, new()
        => new(_env, transformer, options.IgnoreMissingColumns, options.InputSchemaDefinition, options.OutputSchemaDefinition, options.OwnsTransformer);
}
