using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using Microsoft.ML.Data;
using SkiaSharp;

namespace ConvNeXt.Tests.Images;

/// <summary>JPEG files at a half, a quarter or an eighth of their size: off by default, never below the size of the resized image, stored in the model.</summary>
[TestClass]
public sealed class ReducedDecodingTests
{
    private static readonly ImageDecodingOptions _reduced = new() { ReduceLargeJpegs = true };

    private readonly string _folder = TestFolders.CreateTemporary();

    [TestMethod]
    [DataRow(600, 400, 32, 75, 50)] // an eighth: the shorter side is resized to 36 pixels
    [DataRow(600, 280, 32, 150, 70)] // an eighth would be 35
    [DataRow(280, 600, 32, 70, 150)]
    [DataRow(600, 100, 32, 300, 50)]
    [DataRow(600, 70, 32, 600, 70)]
    [DataRow(800, 1600, 384, 400, 800)] // squashed to 384 x 384
    public void TheSmallestSizeThatIsLargeEnough_IsDecoded(int width, int height, int size, int decodedWidth, int decodedHeight)
    {
        byte[] jpeg = Encode(width, height, SKEncodedImageFormat.Jpeg);
        Assert.AreEqual((decodedWidth, decodedHeight), DecodedSize(jpeg, _reduced, ImagePreprocessing.ForSize(size)));
        Assert.AreEqual((width, height), DecodedSize(jpeg, ImageDecodingOptions.Default, ImagePreprocessing.ForSize(size)));
        Assert.AreEqual((width, height), DecodedSize(jpeg, _reduced, null), "training has no preprocessing");
    }

    [TestMethod]
    [DataRow(SKEncodedImageFormat.Png)]
    [DataRow(SKEncodedImageFormat.Webp)]
    public void OtherFormats_AreDecodedAtFullSize(SKEncodedImageFormat format) =>
        Assert.AreEqual((600, 400), DecodedSize(Encode(600, 400, format), _reduced, ImagePreprocessing.ForSize(32)));

    [TestMethod]
    public void ATurnedPhoto_IsReduced_AndTurned()
    {
        byte[] tagged = ExifTag.InJpeg(Encode(600, 400, SKEncodedImageFormat.Jpeg), ExifTag.Orientation(6));
        Assert.AreEqual((50, 75), DecodedSize(tagged, _reduced, ImagePreprocessing.ForSize(32)));
    }

    [TestMethod]
    public void Probabilities_AreCloseToThoseOfTheFullSize_AndTheModelFileKeepsTheOption()
    {
        string path = Path.Combine(_folder, "large.jpg"), file = Path.Combine(_folder, "model.zip");
        File.WriteAllBytes(path, Encode(640, 480, SKEncodedImageFormat.Jpeg));
        var context = new MLContext(seed: 1);
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        ConvNeXtClassificationTransformer full = TinyModel.Fit(context, options);
        options.Decoding = _reduced;
        ConvNeXtClassificationTransformer reduced = TinyModel.Fit(context, options);
        float[] expected = Score(context, full, path), actual = Score(context, reduced, path);
        CollectionAssert.AreNotEqual(expected, actual);
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], 0.02f);

        context.Model.Save(reduced, null, file);
        CollectionAssert.AreEqual(actual, Score(context, context.Model.Load(file, out _), path));
    }

    private static float[] Score(MLContext context, ITransformer model, string path) =>
        model.Transform(context.Data.LoadFromEnumerable([new LabeledImage { ImagePath = path }])).GetColumn<float[]>("Score").Single();

    private static (int Width, int Height) DecodedSize(byte[] file, ImageDecodingOptions options, ImagePreprocessing? preprocessing)
    {
        using RgbImage image = ImageDecoding.Decode(new ImageReference(null, file, null), options, preprocessing);
        return (image.Width, image.Height);
    }

    /// <summary>A picture of a few waves.</summary>
    private static byte[] Encode(int width, int height, SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                bitmap.SetPixel(x, y, new SKColor((byte)(128 + 100 * Math.Sin(x / 15.0)), (byte)(128 + 100 * Math.Cos(y / 25.0)), (byte)(x * 255 / width)));
        using SKData data = bitmap.Encode(format, 90);
        return data.ToArray();
    }
}
