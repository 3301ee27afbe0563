using System.Text.Json;
using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Tests.Imaging;

[TestClass]
public sealed class PreprocessingTests
{
    [TestMethod]
    public void ResizedPhotos_EqualPillow_BitForBit()
    {
        string folder = TestFolders.Shared("golden", "preprocess");
        using var index = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "index.json")));
        int compared = 0;
        foreach (var photo in index.RootElement.GetProperty("images").EnumerateArray())
        {
            var decoded = PngPixels.Read(Path.Combine(folder, photo.GetProperty("decoded").GetString()!));
            foreach (var output in photo.GetProperty("outputs").EnumerateObject())
            {
                var preprocessing = Named(output.Name);
                var expected = PngPixels.Read(Path.Combine(folder, output.Value.GetProperty("file").GetString()!));
                var actual = preprocessing.ResizeAndCrop(decoded);
                Assert.IsTrue(expected.Pixels.AsSpan().SequenceEqual(actual.Pixels), output.Value.GetProperty("file").GetString());
                if (output.Value.TryGetProperty("normalised_tensor", out var normalised)) CheckNormalised(preprocessing, decoded, normalised);
                compared++;
            }
        }
        Assert.AreEqual(24, compared);
    }

    [TestMethod]
    public void OfficialRule_CropsBelow384_AndSquashesFromThere()
    {
        Assert.AreEqual(ResizeMode.ShorterSideThenCenterCrop, ImagePreprocessing.ForSize(383).ResizeMode);
        Assert.AreEqual(ResizeMode.Squash, ImagePreprocessing.ForSize(384).ResizeMode);
        Assert.AreEqual(224.0 / 256.0, ImagePreprocessing.ForSize(224).CropRatio);
    }

    [TestMethod]
    public void ImagesOfExtremeShape_AreScaledToTheSize()
    {
        foreach (var (width, height) in new[] { (1, 1), (1, 5000), (5000, 1), (33, 2) })
        {
            var image = new RgbImage(width, height, Enumerable.Repeat((byte)77, width * height * 3).ToArray());
            foreach (var mode in Enum.GetValues<ResizeMode>())
            {
                var result = (ImagePreprocessing.ForSize(64) with { ResizeMode = mode }).ResizeAndCrop(image);
                Assert.IsTrue(result.Pixels.All(value => value == 77), $"{width} x {height} {mode}");
            }
        }
    }

    [TestMethod]
    public void CroppedResize_SeesNothingOutsideTheCrop()
    {
        var image = Noise(40, 30, seed: 1);
        var area = new PixelArea(5, 7, 20, 11);
        byte[] cut = new byte[area.Width * area.Height * 3];
        for (int y = 0; y < area.Height; y++)
            image.Pixels.AsSpan(((area.Y + y) * image.Width + area.X) * 3, area.Width * 3).CopyTo(cut.AsSpan(y * area.Width * 3));
        var expected = ImageResizer.Resize(new RgbImage(area.Width, area.Height, cut), 33, 17, Interpolation.Bicubic);

        var actual = ImageResizer.Resize(image, area, 33, 17, new PixelArea(0, 0, 33, 17), Interpolation.Bicubic);
        CollectionAssert.AreEqual(expected.Pixels, actual.Pixels);

        var window = ImageResizer.Resize(image, area, 33, 17, new PixelArea(4, 6, 9, 8), Interpolation.Bicubic);
        for (int y = 0; y < 8; y++)
            Assert.IsTrue(expected.Pixels.AsSpan(((6 + y) * 33 + 4) * 3, 27).SequenceEqual(window.Pixels.AsSpan(y * 27, 27)), $"row {y}");
    }

    [TestMethod]
    public void SettingsOutOfRange_AreNamed()
    {
        var good = ImagePreprocessing.ForSize(224);
        good.Validate();
        Expect(good with { Size = 31 }, nameof(ImagePreprocessing.Size));
        Expect(good with { CropRatio = double.NaN }, nameof(ImagePreprocessing.CropRatio));
        Expect(good with { StandardDeviation = default }, nameof(ImagePreprocessing.StandardDeviation));

        static void Expect(ImagePreprocessing bad, string name) =>
            Assert.AreEqual(name, Assert.ThrowsExactly<ArgumentOutOfRangeException>(bad.Validate).ParamName);
    }

    [TestMethod]
    public void AreaOutsideTheImage_IsAnError()
    {
        var image = Noise(8, 8, seed: 2);
        Assert.ThrowsExactly<ArgumentException>(() =>
            ImageResizer.Resize(image, new PixelArea(4, 0, 5, 8), 4, 4, new PixelArea(0, 0, 4, 4), Interpolation.Bilinear));
        Assert.ThrowsExactly<ArgumentException>(() =>
            ImageResizer.Resize(image, new PixelArea(0, 0, 8, 8), 4, 4, new PixelArea(0, 1, 4, 4), Interpolation.Bilinear));
    }

    internal static RgbImage Noise(int width, int height, int seed)
    {
        byte[] pixels = new byte[width * height * 3];
        new Random(seed).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    private static ImagePreprocessing Named(string name) => name switch
    {
        "eval224_bicubic" => ImagePreprocessing.ForSize(224),
        "eval224_bilinear" => ImagePreprocessing.ForSize(224) with { Interpolation = Interpolation.Bilinear },
        "eval64_bicubic" => ImagePreprocessing.ForSize(64) with { CropRatio = 0.875 },
        "eval384_warp_bicubic" => ImagePreprocessing.ForSize(384),
        _ => throw new NotSupportedException(name),
    };

    private static void CheckNormalised(ImagePreprocessing preprocessing, RgbImage decoded, JsonElement normalised)
    {
        float[] values = new float[preprocessing.Length];
        preprocessing.Apply(decoded, values);
        int centre = (preprocessing.Size / 2 * preprocessing.Size + preprocessing.Size / 2) * 3;
        for (int channel = 0; channel < 3; channel++)
        {
            Assert.AreEqual(normalised.GetProperty("first_pixel_rgb")[channel].GetSingle(), values[channel], 1e-6f);
            Assert.AreEqual(normalised.GetProperty("center_pixel_rgb")[channel].GetSingle(), values[centre + channel], 1e-6f);
        }
        Assert.AreEqual(normalised.GetProperty("mean").GetDouble(), values.Average(value => (double)value), 1e-6);
    }
}
