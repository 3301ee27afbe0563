using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace ConvNeXt.Tests.Onnx;

/// <summary>A network that was exported and is run by ONNX Runtime; the file is gone when this is disposed.</summary>
internal sealed class ExportedNetwork : IDisposable
{
    private readonly string _folder = TestFolders.CreateTemporary();

    public ExportedNetwork(
        ConvNeXtConfig config, WeightSet weights, ImagePreprocessing preprocessing, OnnxExportOptions? options = null, IReadOnlyList<string>? labels = null)
    {
        string path = Path.Combine(_folder, "model.onnx");
        OnnxWriter.Write(path, config, weights, preprocessing, labels, options);
        Bytes = new FileInfo(path).Length;
        Session = new InferenceSession(path);
    }

    public InferenceSession Session { get; }

    /// <summary>Size of the file.</summary>
    public long Bytes { get; }

    /// <summary>Dimensions of the input; -1 where any number is taken.</summary>
    public int[] InputDimensions => Session.InputMetadata["images"].Dimensions;

    /// <summary>Runs images [count, 3, height, width].</summary>
    /// <returns>Logits and probabilities, [count, classes] each.</returns>
    public (float[] Logits, float[] Probabilities) Run(float[] images, int count, int height, int width)
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(images, [count, 3, height, width]);
        using var options = new RunOptions();
        using var outputs = Session.Run(options, ["images"], [input], ["logits", "probabilities"]);
        return (outputs[0].GetTensorDataAsSpan<float>().ToArray(), outputs[1].GetTensorDataAsSpan<float>().ToArray());
    }

    public void Dispose()
    {
        Session.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
