namespace ConvNeXt.MLNet;

/// <summary>A file or folder that <see cref="ImageFolder"/> left out.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Reason">Why, as the end of a sentence.</param>
public sealed record SkippedPath(string Path, string Reason);
