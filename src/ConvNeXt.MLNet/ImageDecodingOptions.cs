using System.Text.Json;
using System.Text.Json.Serialization;

namespace ConvNeXt.MLNet;

/// <summary>How an encoded image becomes RGB pixels, before it is resized; stored with a model.</summary>
public sealed record ImageDecodingOptions
{
    /// <summary>The default: the image as viewers and browsers turn it, transparency dropped.</summary>
    public static ImageDecodingOptions Default { get; } = new();

    /// <summary>
    /// As PyTorch's data sets decode (Pillow's <c>Image.open(file).convert("RGB")</c>): the orientation tag is ignored, transparency is dropped. For
    /// comparisons with published numbers.
    /// </summary>
    public static ImageDecodingOptions AsPyTorch { get; } = new() { ApplyOrientation = false };

    /// <summary>
    /// Whether the image is turned and mirrored as its EXIF orientation tag says (JPEG, WebP and PNG). Phones store portrait photos lying on their side, with
    /// such a tag.
    /// </summary>
    public bool ApplyOrientation { get; init; } = true;

    /// <summary>
    /// The color that shows through transparent pixels. Null drops transparency: a transparent pixel has the color that the file stores for it, as in Pillow's
    /// <c>convert("RGB")</c>; what is stored there can be anything, often black or white. Set it, for example to <see cref="RgbColor.White"/>, where images
    /// are cut out, such as product photos.
    /// </summary>
    /// <remarks>
    /// The pixels of an MLImage that was decoded by ML.NET are multiplied by their transparency already. They are divided by it again as far as 8 bits allow;
    /// the color of fully transparent pixels is lost, and they are black. An MLImage with a color above its alpha value cannot have been multiplied and is
    /// taken as it is.
    /// </remarks>
    public RgbColor? Background { get; init; }

    /// <summary>
    /// Whether a trained model decodes large JPEG files at a half, a quarter or an eighth of their size. The smallest size is taken at which both sides are at
    /// least as long as the image is after resizing to the network's input. Decoding a 12-megapixel photo takes much less time and memory then, but the pixels,
    /// and so the probabilities, are slightly different. Training always decodes at full size.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ReduceLargeJpegs { get; init; }

    /// <summary>The options as entries in the metadata of an ONNX file.</summary>
    internal IReadOnlyList<(string Key, string Value)> ToMetadata()
    {
        (string, string) orientation = ("orientation", ApplyOrientation ? "exif" : "ignored");
        return Background is { } color
            ? [orientation, ("transparency", "background"), ("background", JsonSerializer.Serialize((int[])[color.Red, color.Green, color.Blue]))]
            : [orientation, ("transparency", "dropped")];
    }

    /// <summary>What models decoded with before there were these options: no orientation, colors multiplied by their transparency.</summary>
    internal static ImageDecodingOptions Earliest { get; } = new() { ApplyOrientation = false, Background = RgbColor.Black };

    /// <summary>Whether transparent colors are only multiplied by their alpha value, which is a black background.</summary>
    internal bool IsPremultiplied => Background == RgbColor.Black;
}

/// <summary>A color of 8 bits for each channel.</summary>
/// <param name="Red">Red, 0 to 255.</param>
/// <param name="Green">Green, 0 to 255.</param>
/// <param name="Blue">Blue, 0 to 255.</param>
public readonly record struct RgbColor(byte Red, byte Green, byte Blue)
{
    /// <summary>0, 0, 0.</summary>
    public static RgbColor Black { get; } = new(0, 0, 0);

    /// <summary>255, 255, 255.</summary>
    public static RgbColor White { get; } = new(255, 255, 255);
}
