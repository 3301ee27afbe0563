namespace ConvNeXt.Backbone.Weights.Onnx;

/// <summary>
/// What the input of an exported ONNX file looks like. The defaults suit most programs: any number of images in a run, all of the model's own size, as pixel
/// values from 0 to 255.
/// </summary>
public sealed record OnnxExportOptions
{
    /// <summary>Images in a run, at least 1; null, the default, for any number. Some accelerators want a fixed number.</summary>
    public int? BatchSize { get; init; }

    /// <summary>
    /// Whether images of any height and width are taken; by default only those of the model's own size. ML.NET's ApplyOnnxModel needs the fixed size: it
    /// allows one unknown dimension, and that is the batch.
    /// </summary>
    public bool DynamicImageSize { get; init; }

    /// <summary>
    /// Whether the input is normalized already: (pixel / 255 - mean) / standard deviation. By default it holds pixel values from 0 to 255, and the graph
    /// normalizes them, so that nobody has to know the model's mean and standard deviation.
    /// </summary>
    public bool NormalizedInput { get; init; }

    /// <summary>
    /// Whether the file resizes and crops pictures itself, as the model does, so that the caller only decodes them. The input is then uint8 [batch, height,
    /// width, 3], RGB, of any size, the same for all pictures of a run, and there is a third output, <c>label</c>. Needs a runtime with antialiasing, as ONNX
    /// Runtime has it. Cannot be combined with <see cref="DynamicImageSize"/> and <see cref="NormalizedInput"/>.
    /// </summary>
    public bool IncludePreprocessing { get; init; }

    /// <summary>
    /// Whether the linear layers of the blocks multiply 8-bit numbers, as <c>quantize_dynamic</c> of ONNX Runtime makes it: weights have a scale for each
    /// output, and the range of the activations is found in each run. The file is a quarter to a third as large. Probabilities change a little, and because the range
    /// is that of all pictures of a run, by which pictures come together. Weights have 7 bits, with which sums cannot overflow on processors without VNNI.
    /// </summary>
    public bool Int8 { get; init; }

    /// <summary>Keys and values for the metadata about what happens before preprocessing: how encoded images are decoded.</summary>
    internal IReadOnlyList<(string Key, string Value)> DecodingMetadata { get; init; } = [];

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="BatchSize"/> is below 1.</exception>
    /// <exception cref="ArgumentException">Options exclude each other.</exception>
    internal void Validate()
    {
        if (BatchSize is { } images) Check.AtLeast(images, 1, nameof(BatchSize));
        if (!IncludePreprocessing || (!DynamicImageSize && !NormalizedInput)) return;
        string other = DynamicImageSize ? nameof(DynamicImageSize) : nameof(NormalizedInput);
        throw new ArgumentException(
            $"{nameof(IncludePreprocessing)} and {other} cannot both be set: with preprocessing in the file, its input is pictures of any size.", other);
    }
}
