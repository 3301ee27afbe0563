using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.MLNet.Images;

/// <summary>
/// One image as its row gave it: the path of a file, encoded bytes, or decoded pixels. Everything is a copy or immutable, so that it outlives the row. All
/// three null: the row has no image.
/// </summary>
internal readonly record struct ImageReference(string? Path, byte[]? Encoded, RgbImage? Pixels);
