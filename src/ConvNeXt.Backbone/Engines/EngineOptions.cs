namespace ConvNeXt.Backbone.Engines;

/// <summary>Options of the managed scoring engine.</summary>
public sealed record EngineOptions
{
    /// <summary>Number of threads per call, including the caller's; null for one per core. Results do not depend on it.</summary>
    public int? ThreadCount { get; init; }
}
