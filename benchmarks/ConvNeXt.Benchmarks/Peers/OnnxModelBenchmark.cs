using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights.Onnx;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>A trained model that ML.NET saved, such as the sample's: whether its exported network picks the same labels in ONNX Runtime.</summary>
internal static class OnnxModelBenchmark
{
    private const int BatchSize = 32, BatchesAtOnce = 8;

    public static int Compare(string modelPath, string imageFolder)
    {
        using var check = new PeerCheck($"Labels that {modelPath} predicts for the pictures in {imageFolder} against ONNX Runtime's of the exported network");
        var context = new MLContext();
        ITransformer model = context.Model.Load(modelPath, out _);
        IEnumerable<ITransformer> parts = model as IEnumerable<ITransformer> ?? [model];
        ConvNeXtClassificationTransformer classifier = parts.OfType<ConvNeXtClassificationTransformer>().SingleOrDefault()
            ?? throw new InvalidDataException($"{modelPath} holds no ConvNeXt classifier.");
        string onnx = check.TemporaryFile("model.onnx");
        classifier.SaveAsOnnx(onnx, new OnnxExportOptions { NormalizedInput = true });

        IReadOnlyList<LabeledImage> images = ImageFolder.Enumerate(imageFolder);
        IDataView scored = model.Transform(context.Data.LoadFromEnumerable(images));
        Prediction[] ours = [.. context.Data.CreateEnumerable<Prediction>(scored, reuseRowObject: false)];
        using var runtime = new OnnxRuntime(onnx);
        float[][] theirs = [.. images.Chunk(BatchSize * BatchesAtOnce).SelectMany(part => Score(runtime, classifier, part))];

        int same = ours.Where((prediction, i) => prediction.PredictedLabel == classifier.LabelNames[Largest(theirs[i])]).Count();
        int right = ours.Where((prediction, i) => prediction.PredictedLabel == images[i].Label).Count();
        Console.WriteLine($"{OnnxRuntime.Version}, {images.Count} pictures of {classifier.LabelNames.Count} classes, {right} of them labelled right here");
        check.Report($"{same} of {images.Count} pictures get the same label", same == images.Count);
        check.Report("probabilities", [.. ours.SelectMany(prediction => prediction.Score)], [.. theirs.SelectMany(Softmax)]);
        return check.Finish();
    }

    private static IEnumerable<float[]> Score(OnnxRuntime runtime, ConvNeXtClassificationTransformer classifier, LabeledImage[] images)
    {
        ImagePreprocessing preprocessing = classifier.Preprocessing;
        ImageBatch[] batches = [.. images.Chunk(BatchSize).Select(part =>
        {
            var pixels = new float[part.Length * preprocessing.Length];
            for (int i = 0; i < part.Length; i++)
            {
                RgbImage image = ImageDecoding.Decode(new ImageReference(part[i].ImagePath, null, null));
                preprocessing.Apply(image, pixels.AsSpan(i * preprocessing.Length, preprocessing.Length));
            }
            return new ImageBatch(pixels, part.Length, preprocessing.Size, preprocessing.Size);
        })];
        return batches.SelectMany(batch => runtime.Score(batch).Chunk(classifier.LabelNames.Count));
    }

    private static int Largest(float[] values) => Array.IndexOf(values, values.Max());

    private static IEnumerable<float> Softmax(float[] logits)
    {
        double largest = logits.Max(), sum = logits.Sum(logit => Math.Exp(logit - largest));
        return logits.Select(logit => (float)(Math.Exp(logit - largest) / sum));
    }

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
