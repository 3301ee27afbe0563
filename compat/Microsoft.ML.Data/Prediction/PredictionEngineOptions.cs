using Microsoft.ML.Data;

namespace Microsoft.ML;

public sealed class PredictionEngineOptions
{
    /// <summary>Whether members of the result class without a column in the output are left alone; else they are an error.</summary>
    public bool IgnoreMissingColumns = true;

    /// <summary>Overrides how the input class maps to columns.</summary>
    public SchemaDefinition? InputSchemaDefinition;

    /// <summary>Overrides how the result class maps to columns.</summary>
    public SchemaDefinition? OutputSchemaDefinition;

    /// <summary>Whether disposing the engine disposes the transformer.</summary>
    public bool OwnsTransformer = true;
}
