namespace ConvNeXt.Backbone.Weights.Hub;

/// <summary>Resolves the weights that a user specifies, a path or the id of a model on the Hugging Face hub, to a file.</summary>
internal static class WeightsSource
{
    /// <summary>
    /// Returns the file for a path or a model id: the path, if the file exists; otherwise, for an id such as <c>timm/convnext_tiny.fb_in22k</c> or
    /// <c>owner/name@revision</c>, the model's safetensors file in the hub's cache folder, which is downloaded if it is missing. A text such as
    /// <c>weights/tiny</c> can be both: it is a path if the folder <c>weights</c> exists, so that a mistyped path does not go to the network; with a revision
    /// (<c>weights/tiny@main</c>) it is always an id.
    /// </summary>
    /// <param name="pathOrId">A path or a model id.</param>
    /// <param name="options">Cache and download options; null for the defaults.</param>
    /// <param name="progress">Receives the progress of a download.</param>
    /// <param name="cancellation">Cancels a download; the data received so far is kept, and the next download resumes from there.</param>
    /// <exception cref="FileNotFoundException">The file does not exist and the text is not a model id, or the model is not in the cache and downloads are
    /// disabled.</exception>
    /// <exception cref="IOException">The download failed; the message says why.</exception>
    public static async Task<string> ResolveAsync(
        string pathOrId, HubOptions? options = null, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(pathOrId);
        if (File.Exists(pathOrId)) return pathOrId;
        if (!HubModelId.TryParse(pathOrId, out HubModelId id))
            throw new FileNotFoundException($"There is no weights file '{pathOrId}', and the text is not a model id of the form owner/name.", pathOrId);
        if (IsInExistingFolder(pathOrId))
        {
            throw new FileNotFoundException(
                $"There is no weights file '{Path.GetFullPath(pathOrId)}'. The text is taken as a path and not as the id of a model on the Hugging Face hub, "
                + $"because the folder '{Path.GetDirectoryName(pathOrId)}' exists; for the model, write '{id.Repository}@{id.Revision}'.",
                pathOrId);
        }

        options ??= new HubOptions();
        var cache = new HubCache(options.CacheFolder, id);
        if (cache.Find() is { } cached) return cached;
        if (options.Offline)
        {
            throw new FileNotFoundException(
                $"The weights '{id}' are not a file and not in the cache {options.CacheFolder}, and downloads are disabled (offline mode).", pathOrId);
        }
        using var download = new HubDownload(options, id, progress);
        try
        {
            return await download.RunAsync(cache, cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new IOException($"{e.Message} The text '{pathOrId}' was taken as the id of a model, because there is no file '{Path.GetFullPath(pathOrId)}'.", e);
        }
    }

    private static bool IsInExistingFolder(string pathOrId) =>
        !pathOrId.Contains('@', StringComparison.Ordinal) && Path.GetDirectoryName(pathOrId) is { Length: > 0 } folder && Directory.Exists(folder);
}
