using Microsoft.ML.OnnxRuntime;

namespace ConvNeXt.Pretraining.Teacher;

/// <summary>
/// The ResNet18 of Microsoft.ML.DnnImageFeaturizer.ResNet18 (MIT): views of 224 pixels become the map before its average pooling and the map a stage below.
/// </summary>
internal sealed class TeacherNetwork : IDisposable
{
    public const int Side = 224, MapSide = 7, MapChannels = 512, HintSide = 14, HintChannels = 256;

    private const string Input = "Input247", Map = "ReLU393_Output_0", Hint = "ReLU347_Output_0", Pooled = "Pooling395_Output_0";

    /// <summary>The teacher's mean picture, which is nearly constant; blue, green, red, the order of its planes.</summary>
    private static readonly float[] _means = [103.06f, 115.90f, 123.15f];

    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly float[] _input;
    private readonly OrtValue _inputValue;

    /// <summary>Opens the teacher that lies beside the program.</summary>
    /// <param name="batch">Views of a call.</param>
    /// <param name="threads">Threads that compute.</param>
    public TeacherNetwork(int batch, int threads)
    {
        using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        byte[] model = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "ResNet18.onnx"));
        _session = new InferenceSession(TeacherGraph.ForBatches(model, Input, Side, [(Map, MapChannels), (Hint, HintChannels)]), options);
        Batch = batch;
        _input = new float[batch * 3 * Side * Side];
        _inputValue = OrtValue.CreateTensorValueFromMemory(_input, [batch, 3, Side, Side]);
    }

    /// <summary>Views of a call.</summary>
    public int Batch { get; }

    /// <summary>Puts a view into the next call.</summary>
    /// <param name="index">Its place.</param>
    /// <param name="rgb">[Side, Side, 3].</param>
    public void SetView(int index, ReadOnlySpan<byte> rgb)
    {
        const int plane = Side * Side;
        var target = _input.AsSpan(index * 3 * plane, 3 * plane);
        for (int pixel = 0; pixel < plane; pixel++)
        {
            target[pixel] = rgb[(pixel * 3) + 2] - _means[0];
            target[plane + pixel] = rgb[(pixel * 3) + 1] - _means[1];
            target[(2 * plane) + pixel] = rgb[pixel * 3] - _means[2];
        }
    }

    /// <summary>Computes both maps, [Batch, channels, side, side].</summary>
    public void Run(Span<float> map, Span<float> hint)
    {
        using var results = _session.Run(_run, [Input], [_inputValue], [Map, Hint]);
        results[0].GetTensorDataAsSpan<float>().CopyTo(map);
        results[1].GetTensorDataAsSpan<float>().CopyTo(hint);
    }

    /// <summary>The pooled features that the original file gives for the first view of the next call, for a comparison.</summary>
    public float[] RunOriginal()
    {
        using var session = new InferenceSession(Path.Combine(AppContext.BaseDirectory, "ResNet18.onnx"));
        using var value = OrtValue.CreateTensorValueFromMemory(_input[..(3 * Side * Side)], [1, 3, Side, Side]);
        using var results = session.Run(_run, [Input], [value], [Pooled]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public void Dispose()
    {
        _inputValue.Dispose();
        _run.Dispose();
        _session.Dispose();
    }
}
