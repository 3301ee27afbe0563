using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Backbone.Weights.Onnx;

/// <summary>
/// Writes a network as one ONNX file (operator set 18). Input <c>images</c>: float32 [batch, 3, height, width], RGB. Outputs, float32 [batch, classes]:
/// <c>logits</c>, and <c>probabilities</c>, their softmax. How pictures are prepared and what the classes are called is in the file's metadata. With
/// <see cref="OnnxExportOptions.IncludePreprocessing"/>, the input is pictures of any size, uint8 [batch, height, width, 3], and a third output, <c>label</c>
/// [batch], has the name of the most likely class, or its number, int64 from 0, where the classes have no names.
/// </summary>
public static class OnnxWriter
{
    private const string Images = "images";
    private const int IrVersion = 8, OperatorSetVersion = 18, GraphField = 7;

    /// <summary>Writes the file under a temporary name and renames it when it is complete.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="config">The network.</param>
    /// <param name="weights">Its weights under official names, all of them.</param>
    /// <param name="preprocessing">How pictures are prepared: the size of the input, the normalization in the graph, and the metadata.</param>
    /// <param name="labels">Names of the classes in order, for the metadata; null leaves them out.</param>
    /// <param name="options">What the input looks like; null for the defaults.</param>
    /// <exception cref="ArgumentException">The path is empty, an option is out of its range, or there are not as many labels as classes.</exception>
    /// <exception cref="DirectoryNotFoundException">The file's folder does not exist.</exception>
    /// <exception cref="KeyNotFoundException">A weight is missing; the message names it.</exception>
    /// <exception cref="NotSupportedException">The network is larger than 2 GB, the limit of the format.</exception>
    public static void Write(
        string path,
        ConvNeXtConfig config,
        WeightSet weights,
        ImagePreprocessing preprocessing,
        IReadOnlyList<string>? labels = null,
        OnnxExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(preprocessing);
        preprocessing.Validate();
        options ??= new OnnxExportOptions();
        options.Validate();
        if (options.Int8 && config.Parts is not null)
            throw new ArgumentException($"{nameof(options.Int8)} is for ConvNeXt; '{config.Name}' has other layers.", nameof(options));
        if (labels is not null && labels.Count != config.ClassCount)
            throw new ArgumentException($"There are {labels.Count} labels for {config.ClassCount} classes.", nameof(labels));
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is not null && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"'{Path.GetFileName(path)}' cannot be written: there is no folder '{folder}'.");

        string temporary = $"{path}.{Environment.ProcessId}.new";
        try
        {
            using (FileStream stream = File.Create(temporary)) Write(stream, config, weights, preprocessing, labels, options);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void Write(
        Stream stream, ConvNeXtConfig config, WeightSet weights, ImagePreprocessing preprocessing, IReadOnlyList<string>? labels, OnnxExportOptions options)
    {
        var graph = new OnnxGraph();
        object batch = options.BatchSize is { } count ? count : "batch";
        string images = Prepare(graph, preprocessing, options);
        string logits = config.Parts is null
            ? new OnnxNetwork(graph, config, weights, options.Int8).Build(images)
            : new OnnxPlanNetwork(graph, config, weights).Build(images);
        string probabilities = graph.Node("Softmax", "probabilities", [logits], OnnxMessages.Attribute("axis", 1));
        List<OnnxMessage> outputs =
        [
            OnnxMessages.FloatTensor(logits, batch, config.ClassCount),
            OnnxMessages.FloatTensor(probabilities, batch, config.ClassCount),
        ];
        if (options.IncludePreprocessing)
            outputs.Add(OnnxMessages.Tensor(OnnxLabel.Find(graph, logits, labels), labels is null ? OnnxMessages.LongType : OnnxMessages.TextType, batch));

        // ModelProto: ir_version 1, producer_name 2, graph 7, opset_import 8, metadata_props 14.
        OnnxMessage model = new OnnxMessage().Add(1, IrVersion).Add(2, "ConvNeXt.MLNet").Add(8, OnnxMessages.OperatorSet(OperatorSetVersion));
        foreach (var (key, value) in OnnxMetadata.Create(config, preprocessing, labels, options)) model.Add(14, OnnxMessages.Entry(key, value));
        graph.Write(stream, model, GraphField, config.Name, CreateInput(batch, preprocessing, options), [.. outputs]);
    }

    private static OnnxMessage CreateInput(object batch, ImagePreprocessing preprocessing, OnnxExportOptions options)
    {
        if (options.IncludePreprocessing) return OnnxMessages.Tensor(Images, OnnxMessages.ByteType, batch, "height", "width", 3);
        return options.DynamicImageSize
            ? OnnxMessages.FloatTensor(Images, batch, 3, "height", "width")
            : OnnxMessages.FloatTensor(Images, batch, 3, preprocessing.Height, preprocessing.Width);
    }

    /// <summary>From the input of the file to that of the network.</summary>
    private static string Prepare(OnnxGraph graph, ImagePreprocessing preprocessing, OnnxExportOptions options)
    {
        if (options.NormalizedInput) return Images;
        string pixels = options.IncludePreprocessing ? new OnnxResizing(graph, preprocessing).Build(Images) : Images;
        return OnnxPixels.Normalize(graph, pixels, preprocessing);
    }
}
