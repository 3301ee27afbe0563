using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace ConvNeXt.Tests.Onnx;

/// <summary>An ONNX file that only resizes and crops, loaded into ONNX Runtime.</summary>
internal sealed class ResizingGraph : IDisposable
{
    private const string Images = "images";

    private readonly InferenceSession _session;
    private readonly string _output;

    public ResizingGraph(ImagePreprocessing preprocessing)
    {
        var graph = new OnnxGraph();
        _output = new OnnxResizing(graph, preprocessing).Build(Images);
        OnnxMessage model = new OnnxMessage().Add(1, 8).Add(8, OnnxMessages.OperatorSet(18));
        using var file = new MemoryStream();
        graph.Write(
            file, model, 7, "resizing", OnnxMessages.Tensor(Images, OnnxMessages.ByteType, "batch", "height", "width", 3),
            OnnxMessages.FloatTensor(_output, "batch", 3, preprocessing.Height, preprocessing.Width));
        _session = new InferenceSession(file.ToArray());
    }

    /// <summary>Resizes and crops pictures of one size, [count, height, width, 3].</summary>
    /// <returns>[count, height, width, 3] of the preprocessing's size.</returns>
    public byte[] Run(byte[] pictures, int width, int height)
    {
        int count = pictures.Length / (width * height * 3);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(pictures, [count, height, width, 3]);
        using var options = new RunOptions();
        using var outputs = _session.Run(options, [Images], [input], [_output]);
        ReadOnlySpan<float> planes = outputs[0].GetTensorDataAsSpan<float>();
        byte[] pixels = new byte[planes.Length];
        int plane = planes.Length / (count * 3);
        for (int i = 0; i < pixels.Length; i++)
        {
            float value = planes[(i / (plane * 3) * 3 + i % 3) * plane + i / 3 % plane];
            Assert.AreEqual(Math.Round(value), value, "a whole number");
            pixels[i] = (byte)value;
        }
        return pixels;
    }

    public void Dispose() => _session.Dispose();
}
