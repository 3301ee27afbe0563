using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.MLNet.Pixels;

/// <summary>Everything that <see cref="PixelsTransformer"/> is made of; written as JSON into the model file.</summary>
/// <param name="OutputColumn">Added column.</param>
/// <param name="InputColumn">Column with the images.</param>
/// <param name="Preprocessing">How pictures are resized and cropped.</param>
/// <param name="ImageFolder">What relative paths are relative to; null for the process's current folder.</param>
internal sealed record PixelsSettings(string OutputColumn, string InputColumn, ImagePreprocessing Preprocessing, string? ImageFolder);
