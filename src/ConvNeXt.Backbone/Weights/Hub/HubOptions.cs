namespace ConvNeXt.Backbone.Weights.Hub;

/// <summary>Where models of the Hugging Face hub are looked for and downloaded from. The defaults are those of the hub's own tools and follow the same environment variables.</summary>
public sealed record HubOptions
{
    /// <summary>The folder that holds <c>models--OWNER--NAME</c> folders: HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub.</summary>
    public string CacheFolder { get; init; } = DefaultCacheFolder();

    /// <summary>The hub's address: HF_ENDPOINT, else https://huggingface.co.</summary>
    public Uri Endpoint { get; init; } = new(Environment.GetEnvironmentVariable("HF_ENDPOINT") is { Length: > 0 } endpoint ? endpoint : "https://huggingface.co");

    /// <summary>True never asks the network; HF_HUB_OFFLINE=1 sets it.</summary>
    public bool Offline { get; init; } = Environment.GetEnvironmentVariable("HF_HUB_OFFLINE") is "1" or "true" or "TRUE" or "yes" or "YES" or "on" or "ON";

    /// <summary>Largest file that is accepted, 8 GiB by default; ConvNeXt V2-Huge is 2.6 GB.</summary>
    public long MaximumBytes { get; init; } = 8L << 30;

    /// <summary>How often a cut connection is taken up again before the download fails, at least 0.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>The wait before the first retry; it doubles from one to the next.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the hub may say nothing before the connection counts as cut.</summary>
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

/// <summary>How far a download is.</summary>
/// <param name="Model">The model's id.</param>
/// <param name="Bytes">Bytes that are here.</param>
/// <param name="TotalBytes">Bytes of the whole file.</param>
public sealed record HubProgress(string Model, long Bytes, long TotalBytes);
