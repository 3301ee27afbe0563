using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A catalog, for those who add components to it: its environment is not shown to users.</summary>
internal interface IInternalCatalog
{
    IHostEnvironment Environment { get; }
}

internal static class CatalogUtils
{
    public static IHostEnvironment GetEnvironment(this IInternalCatalog catalog)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return catalog.Environment;
    }
}
