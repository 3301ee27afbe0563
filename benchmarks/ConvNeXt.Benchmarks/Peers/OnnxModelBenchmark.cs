using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights.Onnx;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>Whether a model that ML.NET saved, such as the sample's, and its exported network in ONNX Runtime predict the same labels.</summary>
internal static class OnnxModelBenchmark
{
    private const int BatchSize = 32;

    /// <summary>Compares labels and probabilities of all images in a folder.</summary>
    public static int Compare(string modelPath, string imageFolder)
    {
        using var check = new BenchmarkChecks($"Labels of the images in {imageFolder} by {modelPath} and by the exported network in {OnnxRuntime.Version}");
        var context = new MLContext();
        ITransformer model = context.Model.Load(modelPath, out _);
        ConvNeXtClassificationTransformer classifier = model.GetConvNeXtClassifier();
        string onnx = check.TemporaryFile("model.onnx");
        classifier.SaveAsOnnx(onnx, new OnnxExportOptions { NormalizedInput = true });

        IReadOnlyList<LabeledImage> images = ImageFolder.Enumerate(imageFolder);
        IDataView scored = model.Transform(context.Data.LoadFromEnumerable(images));
        Prediction[] ours = [.. context.Data.CreateEnumerable<Prediction>(scored, reuseRowObject: false)];
        using var runtime = new OnnxRuntime(onnx);
        float[][] theirs = [.. images.Chunk(BatchSize).SelectMany(batch => Score(runtime, classifier, batch))];

        int same = ours.Where((prediction, i) => prediction.PredictedLabel == classifier.LabelNames[Largest(theirs[i])]).Count();
        int correct = ours.Where((prediction, i) => prediction.PredictedLabel == images[i].Label).Count();
        Console.WriteLine($"{images.Count} images of {classifier.LabelNames.Count} classes, {correct} classified correctly by the model");
        check.Report($"{same} of {images.Count} images get the same label", same == images.Count);
        check.Report("probabilities", [.. ours.SelectMany(prediction => prediction.Score)], [.. theirs.SelectMany(Softmax)]);
        return check.Finish();
    }

    private static IEnumerable<float[]> Score(OnnxRuntime runtime, ConvNeXtClassificationTransformer classifier, LabeledImage[] images)
    {
        ImagePreprocessing preprocessing = classifier.Preprocessing;
        var pixels = new float[images.Length * preprocessing.Length];
        for (int i = 0; i < images.Length; i++)
        {
            using RgbImage image = ImageDecoding.Decode(new ImageReference(images[i].ImagePath, null, null), ImageDecodingOptions.Default);
            preprocessing.Apply(image, pixels.AsSpan(i * preprocessing.Length, preprocessing.Length));
        }
        return runtime.Score(new ImageBatch(pixels, images.Length, preprocessing.Height, preprocessing.Width)).Chunk(classifier.LabelNames.Count);
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
