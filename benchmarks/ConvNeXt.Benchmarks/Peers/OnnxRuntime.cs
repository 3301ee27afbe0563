using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Onnx;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>ONNX Runtime in this process, on an exported network.</summary>
internal sealed class OnnxRuntime : IDisposable
{
    private readonly InferenceSession _session;

    /// <summary>Loads a model.</summary>
    /// <param name="model">The ONNX file.</param>
    /// <param name="threads">Threads that compute; 0 for ONNX Runtime's default.</param>
    public OnnxRuntime(string model, int threads = 0)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        _session = new InferenceSession(model, options);
    }

    /// <summary>Name and version.</summary>
    public static string Version { get; } = $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}";

    /// <summary>Exports a network for images of any size, normalized as this project's engines take them.</summary>
    public static void Export(string path, ConvNeXtConfig config, WeightSet weights)
    {
        const int Unused = 224;
        OnnxWriter.Write(
            path, config, weights, ImagePreprocessing.ForSize(Unused), options: new OnnxExportOptions { DynamicImageSize = true, NormalizedInput = true });
    }

    /// <summary>The logits of a batch.</summary>
    public float[] Score(ImageBatch batch) => Score(batch.ToChannelsFirst(), [batch.Count, 3, batch.Height, batch.Width]);

    /// <summary>The logits of images in NCHW.</summary>
    public float[] Score(float[] pixels, int[] shape)
    {
        NamedOnnxValue[] inputs = [NamedOnnxValue.CreateFromTensor(_session.InputNames[0], new DenseTensor<float>(pixels, shape))];
        using var outputs = _session.Run(inputs, ["logits"]);
        return [.. outputs[0].AsEnumerable<float>()];
    }

    public void Dispose() => _session.Dispose();
}
