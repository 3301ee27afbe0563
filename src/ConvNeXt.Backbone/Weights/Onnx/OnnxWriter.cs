using System.Globalization;
using System.Text.Json;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
namespace ConvNeXt.Backbone.Weights.Onnx;

/// <summary>
/// Writes a network as one ONNX file (operator set 17): input <c>images</c>, normalised float32 [batch, 3, height, width] with free batch and size, output <c>logits</c>
/// [batch, classes]. How pictures are prepared and what the classes are called is in the file's metadata.
/// </summary>
public static class OnnxWriter
{
    private const int IrVersion = 8, OperatorSetVersion = 17, GraphField = 7;

    /// <summary>Writes the file under a temporary name and renames it when it is whole.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="config">The network.</param>
    /// <param name="weights">Its weights under official names, all of them.</param>
    /// <param name="preprocessing">How pictures are prepared, for the metadata; null leaves it out.</param>
    /// <param name="labels">Names of the classes in order, for the metadata; null leaves them out.</param>
    /// <exception cref="ArgumentException">There are not as many labels as classes.</exception>
    /// <exception cref="KeyNotFoundException">A weight is missing; the message names it.</exception>
    /// <exception cref="NotSupportedException">The network is larger than 2 GB, the limit of the format.</exception>
    public static void Write(string path, ConvNeXtConfig config, WeightSet weights, ImagePreprocessing? preprocessing = null, IReadOnlyList<string>? labels = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        if (labels is not null && labels.Count != config.ClassCount)
            throw new ArgumentException($"There are {labels.Count} labels for {config.ClassCount} classes.", nameof(labels));
        string temporary = $"{path}.{Environment.ProcessId}.new";
        try
        {
            using (FileStream stream = File.Create(temporary)) Write(stream, config, weights, preprocessing, labels);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void Write(Stream stream, ConvNeXtConfig config, WeightSet weights, ImagePreprocessing? preprocessing, IReadOnlyList<string>? labels)
    {
        var graph = new OnnxGraph();
        string logits = new OnnxNetwork(graph, config, weights).Build("images");
        // ModelProto: ir_version 1, producer_name 2, graph 7, opset_import 8, metadata_props 14.
        OnnxMessage model = new OnnxMessage().Add(1, IrVersion).Add(2, "ConvNeXt.MLNet").Add(8, OnnxMessages.OperatorSet(OperatorSetVersion));
        foreach (var (key, value) in Metadata(config, preprocessing, labels)) model.Add(14, OnnxMessages.Entry(key, value));
        graph.Write(stream, model, GraphField, config.Name,
            OnnxMessages.FloatTensor("images", "batch", 3, "height", "width"), OnnxMessages.FloatTensor(logits, "batch", config.ClassCount));
    }

    private static IEnumerable<(string Key, string Value)> Metadata(ConvNeXtConfig config, ImagePreprocessing? preprocessing, IReadOnlyList<string>? labels)
    {
        yield return ("architecture", config.Name);
        if (preprocessing is not null)
        {
            yield return ("image_size", preprocessing.Size.ToString(CultureInfo.InvariantCulture));
            yield return ("resize_mode", preprocessing.ResizeMode.ToString());
            yield return ("crop_ratio", preprocessing.CropRatio.ToString(CultureInfo.InvariantCulture));
            yield return ("interpolation", preprocessing.Interpolation.ToString());
            yield return ("color_order", "RGB");
            yield return ("mean", JsonSerializer.Serialize((float[])[preprocessing.Mean.Red, preprocessing.Mean.Green, preprocessing.Mean.Blue]));
            yield return ("std", JsonSerializer.Serialize((float[])[preprocessing.StandardDeviation.Red, preprocessing.StandardDeviation.Green, preprocessing.StandardDeviation.Blue]));
        }
        if (labels is not null) yield return ("labels", JsonSerializer.Serialize(labels));
    }
}
