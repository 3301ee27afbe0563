using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights.Onnx;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Evaluation;
using Microsoft.ML.OnnxRuntime;
using static System.FormattableString;

namespace ConvNeXt.Cli.Files;

/// <summary>Compares an exported file in ONNX Runtime with the model that it was written from, on drawn pictures of several sizes and shapes.</summary>
internal static class OnnxCheck
{
    private const double Tolerance = 1e-4;

    /// <summary>ONNX Runtime computes the coordinates of resizing in float32, so that a few pixels are off by one level of 255.</summary>
    private const double PreprocessingTolerance = 2e-3;

    /// <summary>Of products of 8-bit numbers, on pictures that no model was trained on.</summary>
    private const double Int8Tolerance = 0.1;

    private const string Input = "images", Output = "probabilities";

    private static readonly (int Width, int Height)[] _sizes = [(320, 240), (200, 333), (64, 64)];

    /// <summary>Compares the probabilities.</summary>
    /// <param name="classifier">The model.</param>
    /// <param name="onnx">The exported file.</param>
    /// <param name="export">What the file looks like.</param>
    /// <returns>The largest difference.</returns>
    /// <exception cref="InvalidOperationException">A probability is further off than rounding explains.</exception>
    public static double Run(ConvNeXtClassificationTransformer classifier, string onnx, OnnxExportOptions export)
    {
        RgbImage[] pictures = [.. _sizes.Select(size => Draw(size.Width, size.Height))];
        float[][] expected = Predict(classifier, pictures);
        using var session = new InferenceSession(onnx);
        double largest = 0;
        for (int i = 0; i < pictures.Length; i++)
        {
            using OrtValue input = export.IncludePreprocessing
                ? OrtValue.CreateTensorValueFromMemory(pictures[i].Pixels, [1, pictures[i].Height, pictures[i].Width, 3])
                : OrtValue.CreateTensorValueFromMemory(
                    Prepare(classifier.Preprocessing, pictures[i]), [1, 3, classifier.Preprocessing.Height, classifier.Preprocessing.Width]);
            using var options = new RunOptions();
            using var outputs = session.Run(options, [Input], [input], [Output]);
            ReadOnlySpan<float> actual = outputs[0].GetTensorDataAsSpan<float>();
            if (actual.Length != expected[i].Length)
                throw new InvalidOperationException($"The exported file has {actual.Length} classes in ONNX Runtime, the model {expected[i].Length}.");
            for (int k = 0; k < actual.Length; k++) largest = Math.Max(largest, Difference(actual[k], expected[i][k]));
        }
        double tolerance = export.Int8 ? Int8Tolerance : export.IncludePreprocessing ? PreprocessingTolerance : Tolerance;
        return largest <= tolerance ? largest : throw new InvalidOperationException(
            Invariant($"In ONNX Runtime, a probability of the exported file is off by {largest:0.00000} from the model's; at most {tolerance} is allowed."));
    }

    // NaN must not pass as equal.
    private static double Difference(float actual, float expected) =>
        float.IsFinite(actual) && float.IsFinite(expected) ? Math.Abs((double)actual - expected) : double.PositiveInfinity;

    /// <summary>The model's probabilities of pictures that are written to files, as it reads any other.</summary>
    private static float[][] Predict(ConvNeXtClassificationTransformer classifier, RgbImage[] pictures)
    {
        string folder = Directory.CreateTempSubdirectory("convnext-").FullName;
        try
        {
            string[] files = [.. pictures.Select((_, i) => Path.Combine(folder, Invariant($"{i}.bmp")))];
            for (int i = 0; i < files.Length; i++) File.WriteAllBytes(files[i], Bitmap.Encode(pictures[i]));
            return [.. classifier.PredictFiles(files).Select(prediction => prediction.Problem is { } problem
                ? throw new InvalidOperationException(problem)
                : prediction.Scores.ToArray())];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What a file without preprocessing reads: planes, resized and cropped.</summary>
    private static float[] Prepare(ImagePreprocessing preprocessing, RgbImage picture)
    {
        float[] planes = new float[preprocessing.Length];
        preprocessing.ToPlanes(picture, planes);
        return planes;
    }

    /// <summary>Waves of color with some noise.</summary>
    private static RgbImage Draw(int width, int height)
    {
        var random = new Random(width);
        byte[] pixels = new byte[width * height * 3];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                Span<byte> pixel = pixels.AsSpan(((y * width) + x) * 3, 3);
                pixel[0] = Wave(9.0 * x / width);
                pixel[1] = Wave(20.0 * y / height);
                pixel[2] = Wave((x / 5.0) + (y / 7.0));
            }
        return new RgbImage(width, height, pixels);

        byte Wave(double value) => (byte)(128 + (90 * Math.Sin(value)) + random.Next(-20, 21));
    }
}
