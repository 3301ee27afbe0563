using ConvNeXt.Backbone.Weights.Onnx;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;

namespace ConvNeXt.Tests.Onnx;

/// <summary>A classifier exported by SaveAsOnnx; the file is gone when this is disposed.</summary>
internal sealed class ExportedModel : IDisposable
{
    private readonly string _folder = TestFolders.CreateTemporary();
    private readonly Lazy<InferenceSession> _session;

    public ExportedModel(ConvNeXtClassificationTransformer classifier, OnnxExportOptions? options = null)
    {
        Path = System.IO.Path.Combine(_folder, "model.onnx");
        _session = new Lazy<InferenceSession>(() => new InferenceSession(Path));
        classifier.SaveAsOnnx(Path, options);
    }

    public string Path { get; }

    /// <summary>Runs the file in ONNX Runtime, all images [count, 3, height, width] at once, [count, classes] each.</summary>
    public (float[] Logits, float[] Probabilities) Run(float[] images, int count, int height, int width)
    {
        using var session = new InferenceSession(Path);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(images, [count, 3, height, width]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["images"], [input], ["logits", "probabilities"]);
        return (outputs[0].GetTensorDataAsSpan<float>().ToArray(), outputs[1].GetTensorDataAsSpan<float>().ToArray());
    }

    /// <summary>Runs a file with preprocessing on pictures of one size, [count, height, width, 3], that are decoded and nothing else.</summary>
    public (float[] Probabilities, string[] Labels) RunPictures(byte[] pictures, int count, int height, int width)
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(pictures, [count, height, width, 3]);
        using var options = new RunOptions();
        using var outputs = _session.Value.Run(options, ["images"], [input], ["probabilities", "label"]);
        return (outputs[0].GetTensorDataAsSpan<float>().ToArray(), outputs[1].GetStringTensorAsArray());
    }

    /// <summary>Preparation and network as docs/onnx.md shows them: ConvNeXtPixels and ApplyOnnxModel.</summary>
    public IEstimator<ITransformer> CreatePipeline(MLContext context, ConvNeXtClassificationTransformer classifier, string imageColumn = "ImagePath") =>
        context.Transforms.ConvNeXtPixels("images", imageColumn, classifier.Preprocessing)
            .Append(context.Transforms.ApplyOnnxModel(["logits", "probabilities"], ["images"], Path));

    public void Dispose()
    {
        if (_session.IsValueCreated) _session.Value.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
