namespace ConvNeXt.MLNet.Models;

/// <summary>Columns and habits of a classifier as a transformer.</summary>
/// <param name="ImageColumn">Column with the images.</param>
/// <param name="ScoreColumn">Added column of probabilities.</param>
/// <param name="PredictedLabelColumn">Added column with the likeliest class.</param>
/// <param name="ImageFolder">What relative paths are relative to; null for the process's current folder.</param>
/// <param name="BatchSize">Images that are scored together when a view is read.</param>
/// <param name="Temperature">What logits are divided by before the softmax; 1 leaves them.</param>
internal sealed record ConvNeXtClassifierSettings(
    string ImageColumn, string ScoreColumn, string PredictedLabelColumn, string? ImageFolder, int BatchSize, double Temperature);
