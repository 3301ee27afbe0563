using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>A network in ONNX Runtime's CPU provider, with the settings that its documentation recommends for speed.</summary>
internal sealed class OnnxRuntime : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();

    /// <summary>Loads a model.</summary>
    /// <param name="model">The ONNX file.</param>
    /// <param name="threads">Threads that compute; 0 for ONNX Runtime's default, one for each physical core.</param>
    public OnnxRuntime(string model, int threads = 0)
    {
        // Waiting threads spin for a while by default, which is faster than sleeping. The graph has no parallel branches, so operators run one after another.
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        _session = new InferenceSession(model, options);
    }

    /// <summary>Name and version.</summary>
    public static string Version { get; } = $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}";

    /// <summary>Exports a network for images of any size, normalized as this project's engines take them.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">The network.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="int8">Whether its blocks multiply 8-bit numbers, as quantize_dynamic makes it.</param>
    public static void Export(string path, ConvNeXtConfig config, WeightSet weights, bool int8 = false)
    {
        var options = new OnnxExportOptions { DynamicImageSize = true, NormalizedInput = true, Int8 = int8 };
        OnnxWriter.Write(path, config, weights, ImagePreprocessing.ForSize(224), options: options); // the size is not used
    }

    /// <summary>The logits of a batch, [images, classes].</summary>
    public float[] Score(ImageBatch batch) => Score(batch.ToChannelsFirst(), [batch.Count, 3, batch.Height, batch.Width]);

    /// <summary>The logits of images. The pixels are read where they are; only the logits are copied.</summary>
    /// <param name="pixels">[images, 3, height, width].</param>
    /// <param name="shape">These four numbers.</param>
    /// <returns>[images, classes].</returns>
    public float[] Score(float[] pixels, long[] shape)
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, shape);
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_run, [_session.InputNames[0]], [input], ["logits"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }
}
