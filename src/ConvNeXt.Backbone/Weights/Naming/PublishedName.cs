using ConvNeXt.Backbone.Weights.Hub;

namespace ConvNeXt.Backbone.Weights.Naming;

/// <summary>Which published weights a path or a model id may stand for, by its name alone.</summary>
internal static class PublishedName
{
    private const string HubFolder = "models--";

    /// <summary>The names that it has: the model id itself; for a file the id that a hub cache folder around it tells, and its file name.</summary>
    internal static IEnumerable<string> Of(string pathOrId)
    {
        if (!File.Exists(pathOrId) && HubModelId.TryParse(pathOrId, out HubModelId id)) return [id.Repository];
        string[] parts = pathOrId.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        return parts[..^1].Where(part => part.StartsWith(HubFolder, StringComparison.Ordinal))
            .Select(part => part[HubFolder.Length..].Replace("--", "/", StringComparison.Ordinal))
            .Append(parts[^1]);
    }
}
