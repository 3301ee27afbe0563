namespace ConvNeXt.Backbone.Engines;

/// <summary>How the managed scoring engine computes.</summary>
public sealed record EngineOptions
{
    /// <summary>Threads that compute a call, the caller's included; null for one per core. Results do not depend on it.</summary>
    public int? ThreadCount { get; init; }
}
