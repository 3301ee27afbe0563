using System.Globalization;
using System.Text.Json;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Backbone.Weights.Onnx;

/// <summary>
/// The metadata_props of an exported file: all that a program needs to prepare pictures and to name classes. Numbers have a decimal point, lists are JSON.
/// </summary>
internal static class OnnxMetadata
{
    /// <summary>Keys and values, in the order in which they are written.</summary>
    internal static IEnumerable<(string Key, string Value)> Create(
        ConvNeXtConfig config, ImagePreprocessing preprocessing, IReadOnlyList<string>? labels, OnnxExportOptions options)
    {
        yield return ("architecture", config.Name);
        foreach ((string, string) entry in options.DecodingMetadata) yield return entry;
        if (preprocessing.IsSquare) yield return ("image_size", Text(preprocessing.Size));
        yield return ("image_height", Text(preprocessing.Height));
        yield return ("image_width", Text(preprocessing.Width));
        yield return ("resize_mode", preprocessing.ResizeMode.ToString());
        if (preprocessing.ResizeMode == ResizeMode.ShorterSideThenCenterCrop)
        {
            yield return ("crop_ratio", preprocessing.CropRatio.ToString(CultureInfo.InvariantCulture));
            if (preprocessing.IsSquare) yield return ("resized_shorter_side", Text(preprocessing.ResizedHeight));
            yield return ("resized_height", Text(preprocessing.ResizedHeight));
            yield return ("resized_width", Text(preprocessing.ResizedWidth));
        }
        yield return ("interpolation", preprocessing.Interpolation.ToString());
        yield return ("color_order", "RGB");
        yield return ("input_values", options.NormalizedInput ? "normalized" : "0..255");
        if (options.IncludePreprocessing) yield return ("preprocessing", "included");
        if (options.Int8) yield return ("products", "int8");
        yield return ("mean", Json(preprocessing.Mean));
        yield return ("std", Json(preprocessing.StandardDeviation));
        if (labels is not null) yield return ("labels", JsonSerializer.Serialize(labels));
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Json(RgbTriple value) => JsonSerializer.Serialize((float[])[value.Red, value.Green, value.Blue]);
}
