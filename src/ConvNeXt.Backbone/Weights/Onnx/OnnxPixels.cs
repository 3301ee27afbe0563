using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Backbone.Weights.Onnx;

/// <summary>The first nodes of a graph whose input holds pixel values.</summary>
internal static class OnnxPixels
{
    private const float LargestValue = 255f;

    /// <summary>(pixel / 255 - mean) / std of each channel: the operations of <see cref="PixelNormalizer"/> in its order, so that not a bit differs.</summary>
    internal static string Normalize(OnnxGraph graph, string pixels, ImagePreprocessing preprocessing)
    {
        string unit = graph.Node("Div", "pixels.unit", [pixels, graph.Scalar("pixels.largest", LargestValue)]);
        string centered = graph.Node("Sub", "pixels.centered", [unit, Channels("pixels.mean", preprocessing.Mean)]);
        return graph.Node("Div", "pixels.normalized", [centered, Channels("pixels.std", preprocessing.StandardDeviation)]);

        string Channels(string name, RgbTriple value) => graph.Tensor(name, [1, 3, 1, 1], [value.Red, value.Green, value.Blue]);
    }
}
