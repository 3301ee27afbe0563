using ConvNeXt.Backbone.Weights.Hub;

namespace ConvNeXt.Backbone.Weights.Naming;

/// <summary>Derives the names of published weights from a path or a model id.</summary>
internal static class PublishedName
{
    private const string HubFolder = "models--";

    /// <summary>
    /// Returns the candidate names: a model id itself; for a file, the id in the name of a hub cache folder that contains it, and the file name.
    /// </summary>
    internal static IEnumerable<string> Of(string pathOrId)
    {
        if (!File.Exists(pathOrId) && HubModelId.TryParse(pathOrId, out HubModelId id)) return [id.Repository];
        string[] parts = pathOrId.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        return parts[..^1].Where(part => part.StartsWith(HubFolder, StringComparison.Ordinal))
            .Select(part => part[HubFolder.Length..].Replace("--", "/", StringComparison.Ordinal))
            .Append(parts[^1]);
    }
}
