using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights.Onnx;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using SkiaSharp;

namespace ConvNeXt.Tests.Onnx;

/// <summary>
/// A file with its preprocessing inside gives the model's probabilities from decoded pictures alone, in ONNX Runtime and in ML.NET's ApplyOnnxModel.
/// </summary>
[TestClass]
public sealed class IncludedPreprocessingTests
{
    /// <summary>ONNX Runtime computes the coordinates of resizing in float32: a few pixels are off by one level.</summary>
    private const float Tolerance = 2e-3f;

    private static readonly OnnxExportOptions _options = new() { IncludePreprocessing = true };
    private static readonly string _folder = TestFolders.CreateTemporary();
    private static readonly Lazy<string[]> _pictures = new(() => WritePictures(_folder));

    private static ConvNeXtClassificationTransformer Classifier => TinyModel.Transformer;

    [ClassCleanup]
    public static void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [DataRow(ResizeMode.ShorterSideThenCenterCrop, Interpolation.Bicubic)]
    [DataRow(ResizeMode.Squash, Interpolation.Bicubic)]
    [DataRow(ResizeMode.ShorterSideThenCenterCrop, Interpolation.Bilinear)]
    public void Pictures_OfAllSizesAndShapes_GetTheModelsProbabilities(ResizeMode mode, Interpolation interpolation)
    {
        ConvNeXtClassificationTransformer classifier = With(Classifier.Preprocessing with { ResizeMode = mode, Interpolation = interpolation });
        AssertAgrees(classifier, [.. TinyModel.TestSet.Take(6).Select(image => image.ImagePath), .. _pictures.Value]);
    }

    [TestMethod]
    public void Pictures_OfAllSizesAndShapes_GetTheModelsProbabilities_FromARectangle()
    {
        AssertAgrees(With(Classifier.Preprocessing with { Size = 32, Width = 96 }), _pictures.Value);
        AssertAgrees(With(Classifier.Preprocessing with { Size = 80, Width = 48 }), _pictures.Value);
    }

    [TestMethod]
    public void Photographs_GetTheModelsProbabilities() =>
        AssertAgrees(Classifier, [.. ImageFolder.Enumerate(TestFolders.Shared("data", "flowers")).Chunk(20).Select(chunk => chunk[0].ImagePath)]);

    [TestMethod]
    public void SeveralPicturesOfOneSize_GoInOneRun()
    {
        using var model = new ExportedModel(Classifier, _options);
        string[] paths = [.. TinyModel.TestSet.Select(image => image.ImagePath)];
        byte[] pictures = [.. paths.SelectMany(path => Decode(path).Pixels.Take(TestImages.Size * TestImages.Size * 3))];
        (float[] probabilities, string[] labels) = model.RunPictures(pictures, paths.Length, TestImages.Size, TestImages.Size);
        for (int i = 0; i < paths.Length; i++)
        {
            using RgbImage picture = Decode(paths[i]);
            (float[] alone, string[] label) = model.RunPictures(picture.Pixels[..(40 * 40 * 3)], 1, 40, 40);
            for (int k = 0; k < alone.Length; k++) Assert.AreEqual(alone[k], probabilities[i * alone.Length + k], 1e-6f);
            Assert.AreEqual(label[0], labels[i]);
        }
    }

    [TestMethod]
    public void ApplyOnnxModel_OnPicturesOfOneSize_NeedsNothingButMLNet()
    {
        using var model = new ExportedModel(Classifier, _options);
        var context = new MLContext();
        IDataView view = context.Data.LoadFromEnumerable(TinyModel.TestSet);
        var shapes = new Dictionary<string, int[]>
        {
            ["images"] = [1, TestImages.Size, TestImages.Size, 3],
            ["probabilities"] = [1, TestImages.Labels.Length],
            ["label"] = [1],
        };
        var pipeline = context.Transforms.LoadImages("picture", "", "ImagePath")
            .Append(context.Transforms.ResizeImages("picture", TestImages.Size, TestImages.Size))
            .Append(context.Transforms.ExtractPixels("images", "picture", interleavePixelColors: true, outputAsFloatArray: false))
            .Append(context.Transforms.ApplyOnnxModel(["probabilities", "label"], ["images"], model.Path, shapes, recursionLimit: 100));
        IDataView scored = pipeline.Fit(view).Transform(view);
        float[][] expected = Score(Classifier, [.. TinyModel.TestSet.Select(image => image.ImagePath)]);
        float[][] actual = [.. scored.GetColumn<float[]>("probabilities")];
        string[][] labels = [.. scored.GetColumn<ReadOnlyMemory<char>[]>("label").Select(label => label.Select(text => text.ToString()).ToArray())];
        for (int i = 0; i < expected.Length; i++)
        {
            AssertSame(expected[i], actual[i], TinyModel.TestSet[i].ImagePath);
            Assert.AreEqual(Classifier.LabelNames[Array.IndexOf(expected[i], expected[i].Max())], labels[i].Single());
        }
    }

    [TestMethod]
    public void OtherOptionsOfTheInput_AreRefused()
    {
        foreach (OnnxExportOptions options in new[] { _options with { DynamicImageSize = true }, _options with { NormalizedInput = true } })
        {
            string message = Assert.ThrowsExactly<ArgumentException>(() => Classifier.SaveAsOnnx(Path.Combine(_folder, "model.onnx"), options)).Message;
            StringAssert.Contains(message, "IncludePreprocessing");
        }
    }

    [TestMethod]
    public void Metadata_SayThatThePreprocessingIsIncluded()
    {
        using var model = new ExportedModel(Classifier, _options);
        using var session = new InferenceSession(model.Path);
        Assert.AreEqual("included", session.ModelMetadata.CustomMetadataMap["preprocessing"]);
        CollectionAssert.AreEqual(new[] { -1, -1, -1, 3 }, session.InputMetadata["images"].Dimensions);
    }

    /// <summary>A model with other preprocessing.</summary>
    private static ConvNeXtClassificationTransformer With(ImagePreprocessing preprocessing)
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 4);
        options.Recipe = options.Recipe!.With(training => training with { Preprocessing = preprocessing });
        return TinyModel.Fit(new MLContext(seed: 1), options);
    }

    private static void AssertAgrees(ConvNeXtClassificationTransformer classifier, string[] paths)
    {
        Assert.IsTrue(paths.Length > 3);
        using var model = new ExportedModel(classifier, _options);
        float[][] expected = Score(classifier, paths);
        double largest = 0;
        for (int i = 0; i < paths.Length; i++)
        {
            using RgbImage picture = Decode(paths[i]);
            (float[] probabilities, string[] labels) = model.RunPictures(picture.Pixels[..(picture.Width * picture.Height * 3)], 1, picture.Height, picture.Width);
            largest = Math.Max(largest, AssertSame(expected[i], probabilities, $"{paths[i]}, {picture.Width} x {picture.Height}"));
            Assert.AreEqual(classifier.LabelNames[Array.IndexOf(probabilities, probabilities.Max())], labels.Single());
        }
        Console.WriteLine($"largest difference of a probability: {largest:e1}");
    }

    private static RgbImage Decode(string path) => ImageDecoding.Decode(new ImageReference(path, null, null), ImageDecodingOptions.Default);

    private static float[][] Score(ConvNeXtClassificationTransformer classifier, string[] paths) =>
        [.. classifier.Transform(new MLContext().Data.LoadFromEnumerable(paths.Select(path => new LabeledImage { ImagePath = path }))).GetColumn<float[]>("Score")];

    private static float AssertSame(float[] expected, float[] actual, string what)
    {
        Assert.AreEqual(expected.Length, actual.Length, what);
        float largest = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
        Assert.IsTrue(largest <= Tolerance, $"{what}: a probability is off by {largest}");
        return largest;
    }

    /// <summary>JPEGs and PNGs that are enlarged and reduced, wide, tall, narrow and tiny: colored waves with some noise.</summary>
    private static string[] WritePictures(string folder)
    {
        (int Width, int Height)[] sizes = [(7, 5), (20, 30), (33, 32), (640, 480), (480, 640), (900, 90), (60, 800), (300, 2), (1, 1)];
        return [.. sizes.SelectMany(size => Write(folder, size.Width, size.Height))];
    }

    private static IEnumerable<string> Write(string folder, int width, int height)
    {
        var random = new Random(width + height);
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.Pixels = [.. Enumerable.Range(0, width * height).Select(i => Draw(i % width, i / width))];
        foreach (SKEncodedImageFormat format in new[] { SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Png })
        {
            string path = Path.Combine(folder, $"{width}x{height}.{(format == SKEncodedImageFormat.Png ? "png" : "jpg")}");
            using (FileStream file = File.Create(path)) bitmap.Encode(file, format, 90);
            yield return path;
        }

        SKColor Draw(int x, int y) => new(Wave(x * 9.0 / width), Wave(y * 20.0 / height), Wave(x / 5.0 + y / 7.0));

        byte Wave(double value) => (byte)(128 + 90 * Math.Sin(value) + random.Next(-20, 21));
    }
}
