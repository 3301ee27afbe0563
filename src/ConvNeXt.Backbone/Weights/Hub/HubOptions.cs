namespace ConvNeXt.Backbone.Weights.Hub;

/// <summary>
/// Where models of the Hugging Face hub are cached and downloaded from. Defaults and environment variables are those of the Hugging Face tools.
/// </summary>
internal sealed record HubOptions
{
    /// <summary>
    /// Folder that contains the <c>models--OWNER--NAME</c> folders. Default: HF_HUB_CACHE, otherwise HF_HOME/hub, otherwise ~/.cache/huggingface/hub.
    /// </summary>
    public string CacheFolder { get; init; } = DefaultCacheFolder();

    /// <summary>Address of the hub. Default: HF_ENDPOINT, otherwise https://huggingface.co.</summary>
    public Uri Endpoint { get; init; } =
        new(Environment.GetEnvironmentVariable("HF_ENDPOINT") is { Length: > 0 } endpoint ? endpoint : "https://huggingface.co");

    /// <summary>If true, the network is never used. Default: true if HF_HUB_OFFLINE is 1, true, yes or on; otherwise false.</summary>
    public bool Offline { get; init; } = Environment.GetEnvironmentVariable("HF_HUB_OFFLINE") is "1" or "true" or "TRUE" or "yes" or "YES" or "on" or "ON";

    /// <summary>Maximum size of a file in bytes. Default: 8 GiB; ConvNeXt V2-Huge is 2.6 GB.</summary>
    public long MaximumBytes { get; init; } = 8L << 30;

    /// <summary>How often a lost connection is retried before the download fails, at least 0.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>Delay before the first retry; it doubles with each retry.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time without data after which a connection counts as lost.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    private static string DefaultCacheFolder()
    {
        if (Environment.GetEnvironmentVariable("HF_HUB_CACHE") is { Length: > 0 } cache) return cache;
        string home = Environment.GetEnvironmentVariable("HF_HOME") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface");
        return Path.Combine(home, "hub");
    }
}

/// <summary>Progress of a download.</summary>
/// <param name="Model">Id of the model.</param>
/// <param name="Bytes">Number of bytes received so far, including previous downloads.</param>
/// <param name="TotalBytes">Size of the file in bytes.</param>
internal sealed record HubProgress(string Model, long Bytes, long TotalBytes);
