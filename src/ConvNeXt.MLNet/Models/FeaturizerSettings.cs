namespace ConvNeXt.MLNet.Models;

/// <summary>Columns and habits of a featurizer as a transformer.</summary>
/// <param name="InputColumn">Column with the images.</param>
/// <param name="OutputColumn">Added column.</param>
/// <param name="Output">What it holds.</param>
/// <param name="ImageFolder">What relative paths are relative to; null for the process's current folder.</param>
/// <param name="BatchSize">Images that are computed together when a view is read.</param>
internal sealed record FeaturizerSettings(string InputColumn, string OutputColumn, ConvNeXtFeature Output, string? ImageFolder, int BatchSize);
