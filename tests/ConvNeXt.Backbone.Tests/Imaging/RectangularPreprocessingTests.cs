using System.Text.Json;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.Tests.Imaging;

/// <summary>Preprocessing for an input that is no square.</summary>
[TestClass]
public sealed class RectangularPreprocessingTests
{
    private static readonly ImagePreprocessing _wide = ImagePreprocessing.ForSize(56, 112);

    [TestMethod]
    [DataRow(300, 100, 192, 64, DisplayName = "wider than the input")]
    [DataRow(100, 100, 128, 128, DisplayName = "narrower than the input")]
    [DataRow(100, 300, 128, 384, DisplayName = "tall")]
    [DataRow(200, 100, 128, 64, DisplayName = "of the input's shape")]
    [DataRow(301, 101, 190, 64, DisplayName = "the longer side is rounded down")]
    public void Image_IsResizedUntilItCoversTheInput_ThenCropped(int width, int height, int resizedWidth, int resizedHeight)
    {
        RgbImage image = Draw(width, height);
        var window = new PixelArea((resizedWidth - 112) / 2, (resizedHeight - 56) / 2, 112, 56);
        RgbImage expected = ImageResizer.Resize(image, PixelArea.Of(image), resizedWidth, resizedHeight, window, Interpolation.Bicubic);
        RgbImage actual = _wide.ResizeAndCrop(image);
        Assert.AreEqual((112, 56), (actual.Width, actual.Height));
        CollectionAssert.AreEqual(expected.Pixels, actual.Pixels);
    }

    [TestMethod]
    public void Squash_ResizesToHeightAndWidth()
    {
        RgbImage image = Draw(90, 70), expected = ImageResizer.Resize(image, 112, 56, Interpolation.Bicubic);
        CollectionAssert.AreEqual(expected.Pixels, (_wide with { ResizeMode = ResizeMode.Squash }).ResizeAndCrop(image).Pixels);
    }

    [TestMethod]
    public void Planes_AreThoseOfTheRectangle()
    {
        RgbImage image = Draw(90, 70);
        byte[] pixels = _wide.ResizeAndCrop(image).Pixels;
        float[] planes = new float[_wide.Length];
        _wide.ToPlanes(image, planes);
        for (int i = 0; i < pixels.Length; i++) Assert.AreEqual(pixels[i], planes[i % 3 * 56 * 112 + i / 3]);
    }

    [TestMethod]
    public void Square_IsTheSame_HoweverItIsMade_AndItsJsonHasNoWidth()
    {
        Assert.AreEqual(ImagePreprocessing.ForSize(96), ImagePreprocessing.ForSize(96, 96));
        Assert.IsTrue(ImagePreprocessing.ForSize(96).IsSquare);
        Assert.IsFalse(JsonSerializer.Serialize(ImagePreprocessing.ForSize(96)).Contains("Width", StringComparison.Ordinal));
        Assert.IsFalse(JsonSerializer.Serialize(ImagePreprocessing.ForSize(96) with { Width = 96 }).Contains("Width", StringComparison.Ordinal));
        Assert.AreEqual((128, 128), (ImagePreprocessing.ForSize(96) with { Size = 128 }).SizeOf());
    }

    [TestMethod]
    public void Rectangle_GoesThroughJson()
    {
        string json = JsonSerializer.Serialize(_wide);
        StringAssert.Contains(json, "\"Size\":56");
        StringAssert.Contains(json, "\"Width\":112");
        Assert.AreEqual(_wide, JsonSerializer.Deserialize<ImagePreprocessing>(json));
    }

    [TestMethod]
    public void TheShorterSide_DecidesWhetherItIsSquashed()
    {
        Assert.AreEqual(ResizeMode.ShorterSideThenCenterCrop, ImagePreprocessing.ForSize(224, 672).ResizeMode);
        Assert.AreEqual(ResizeMode.Squash, ImagePreprocessing.ForSize(384, 1152).ResizeMode);
        Assert.AreEqual((384, 1152), ImagePreprocessing.ForSize(384, 1152).SizeOf());
    }

    [TestMethod]
    [DataRow(31, 64)]
    [DataRow(64, 31)]
    [DataRow(4097, 64)]
    [DataRow(64, 4097)]
    public void SidesOutOfRange_AreRefused(int height, int width) =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(ImagePreprocessing.ForSize(height, width).Validate);

    [TestMethod]
    public void HiddenShare_IsThatOfTheShape()
    {
        ImagePreprocessing square = ImagePreprocessing.ForSize(224);
        Assert.AreEqual(0, square.FindHiddenShare(500, 500));
        Assert.AreEqual(2 / 3.0, square.FindHiddenShare(300, 100), 1e-12);
        Assert.AreEqual(2 / 3.0, square.FindHiddenShare(100, 300), 1e-12);
        Assert.AreEqual(0.25, square.FindHiddenShare(640, 480), 1e-12);
        Assert.AreEqual(0, _wide.FindHiddenShare(200, 100));
        Assert.AreEqual(0, (square with { ResizeMode = ResizeMode.Squash }).FindHiddenShare(300, 100));
    }

    [TestMethod]
    public void RandomCrops_HaveTheRatiosOfTheInput()
    {
        var crop = new RandomResizedCrop();
        var random = new CounterRandom(1, RandomPurpose.Augmentation, 0, 0);
        for (int i = 0; i < 200; i++)
        {
            PixelArea area = crop.Choose(900, 300, inputRatio: 3, ref random);
            double ratio = (double)area.Width / area.Height;
            Assert.IsTrue(ratio is > 2.1 and < 4.1, $"{area}");
        }
    }

    private static RgbImage Draw(int width, int height)
    {
        byte[] pixels = new byte[width * height * 3];
        new Random(1).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }
}

file static class Sizes
{
    public static (int Height, int Width) SizeOf(this ImagePreprocessing preprocessing) => (preprocessing.Height, preprocessing.Width);
}
