using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Backbone.Weights.Onnx;

/// <summary>
/// The nodes that resize and crop pictures as <see cref="ImagePreprocessing"/> does. Pictures stay 8-bit until they are cropped: then ONNX Runtime resizes in
/// fixed point and rounds after each of the two passes, as Pillow does. Sizes are computed in whole numbers, [height, width].
/// </summary>
internal sealed class OnnxResizing(OnnxGraph graph, ImagePreprocessing preprocessing)
{
    private const float PillowsCubicCoefficient = -0.5f;

    private string InputSize => graph.Constant("resize.input_size", preprocessing.Height, preprocessing.Width);

    /// <summary>Adds all nodes.</summary>
    /// <param name="pictures">Name of the pictures, uint8 [batch, height, width, 3].</param>
    /// <returns>Name of the pixels, float32 [batch, 3, Height, Width], 0 to 255.</returns>
    internal string Build(string pictures)
    {
        string planes = graph.Node("Transpose", "resize.planes", [pictures], OnnxMessages.Attribute("perm", [0, 3, 1, 2]));
        string pixels = preprocessing.ResizeMode == ResizeMode.Squash ? Resize(planes, InputSize) : Crop(planes);
        return graph.Node("Cast", "resize.pixels", [pixels], OnnxMessages.Attribute("to", OnnxMessages.FloatType));
    }

    private string Crop(string planes)
    {
        string size = FindResizedSize(planes);
        string start = FindCropStart(size);
        string end = graph.Node("Add", "crop.end", [start, InputSize]);
        return graph.Node("Slice", "crop", [Resize(planes, size), start, end, graph.Constant("crop.axes", 2, 3)]);
    }

    /// <summary>With a size for all four axes: ONNX Runtime cannot infer the shape of a result where only two are named and their sizes are computed.</summary>
    private string Resize(string planes, string size)
    {
        string others = graph.Node("Shape", "resize.batch_and_channels", [planes], OnnxMessages.Attribute("start", 0), OnnxMessages.Attribute("end", 2));
        return graph.Node(
            "Resize", "resize", [planes, "", "", graph.Node("Concat", "resize.sizes", [others, size], OnnxMessages.Attribute("axis", 0))],
            OnnxMessages.Attribute("antialias", 1),
            OnnxMessages.Attribute("mode", preprocessing.Interpolation == Interpolation.Bicubic ? "cubic" : "linear"),
            OnnxMessages.Attribute("cubic_coeff_a", PillowsCubicCoefficient),
            OnnxMessages.Attribute("exclude_outside", 1),
            OnnxMessages.Attribute("coordinate_transformation_mode", "half_pixel"));
    }

    /// <summary>The larger of what is cropped from and the other side's scale: max([RH, RW], [h RW, w RH] / [w, h]).</summary>
    private string FindResizedSize(string planes)
    {
        string size = graph.Node("Shape", "resize.picture_size", [planes], OnnxMessages.Attribute("start", 2), OnnxMessages.Attribute("end", 4));
        string swapped = graph.Node("Gather", "resize.width_and_height", [size, graph.Constant("resize.swap", 1, 0)]);
        string product = graph.Node("Mul", "resize.product", [size, graph.Constant("resize.other_least", preprocessing.ResizedWidth, preprocessing.ResizedHeight)]);
        string scaled = graph.Node("Div", "resize.scaled", [product, swapped]);
        return graph.Node("Max", "resize.size", [graph.Constant("resize.least", preprocessing.ResizedHeight, preprocessing.ResizedWidth), scaled]);
    }

    /// <summary>Half of what is left over, rounded to even as in Python: q + (q mod 2) (left mod 2) with q = left / 2.</summary>
    private string FindCropStart(string size)
    {
        string two = graph.Constant("two", 2);
        string left = graph.Node("Sub", "crop.left_over", [size, InputSize]);
        string half = graph.Node("Div", "crop.half", [left, two]);
        string isHalfOdd = graph.Node("Mod", "crop.half_odd", [half, two]), isOdd = graph.Node("Mod", "crop.odd", [left, two]);
        return graph.Node("Add", "crop.start", [half, graph.Node("Mul", "crop.rounding", [isHalfOdd, isOdd])]);
    }

}
