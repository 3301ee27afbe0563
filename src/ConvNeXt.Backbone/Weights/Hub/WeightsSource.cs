namespace ConvNeXt.Backbone.Weights.Hub;

/// <summary>Turns what a user calls weights, a path or the id of a model on the Hugging Face hub, into a file.</summary>
internal static class WeightsSource
{
    /// <summary>
    /// The file that a text stands for: the path, if there is such a file; else, for an id such as <c>timm/convnext_tiny.fb_in22k</c> or <c>owner/name@revision</c>, the model's
    /// safetensors file from the hub's cache folder, downloaded if it is not there.
    /// </summary>
    /// <param name="pathOrId">A path or a model id.</param>
    /// <param name="options">Where to look; null for the hub's own defaults and environment variables.</param>
    /// <param name="progress">Hears of a download's progress.</param>
    /// <param name="cancellation">Ends a download; what has arrived is kept and taken up by the next.</param>
    /// <exception cref="FileNotFoundException">There is no such file and the text is no model id, or the model is not in the cache and downloads are switched off.</exception>
    /// <exception cref="IOException">The download failed; the message says why.</exception>
    public static async Task<string> ResolveAsync(string pathOrId, HubOptions? options = null, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(pathOrId);
        if (File.Exists(pathOrId)) return pathOrId;
        if (!HubModelId.TryParse(pathOrId, out HubModelId id))
            throw new FileNotFoundException($"There is no weights file '{pathOrId}', and it is no model id of the form owner/name.", pathOrId);
        options ??= new HubOptions();
        var cache = new HubCache(options.CacheFolder, id);
        if (cache.Find() is { } cached) return cached;
        if (options.Offline)
            throw new FileNotFoundException($"Weights '{id}' are neither a file nor in the cache {options.CacheFolder}, and downloads are switched off (offline).", pathOrId);
        using var download = new HubDownload(options, id, progress);
        return await download.RunAsync(cache, cancellation).ConfigureAwait(false);
    }
}
