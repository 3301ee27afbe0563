using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>What every catalog has: the environment its components are made in.</summary>
internal interface IInternalCatalog
{
    IHostEnvironment Environment { get; }
}

internal static class CatalogUtils
{
    public static IHostEnvironment GetEnvironment(this IInternalCatalog catalog) => Contracts.CheckRef(catalog, nameof(catalog)).Environment;
}
