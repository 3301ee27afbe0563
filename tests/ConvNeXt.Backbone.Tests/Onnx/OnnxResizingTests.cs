using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Tests.Onnx;

/// <summary>The nodes that resize and crop pictures, alone, in ONNX Runtime: the pixels are those of <see cref="ImagePreprocessing"/> but for roundings.</summary>
[TestClass]
public sealed class OnnxResizingTests
{
    /// <summary>Larger and smaller than the input, of its size and of one more pixel, wide, tall, and a single pixel.</summary>
    private static readonly (int Width, int Height)[] _sizes =
    [
        (20, 30), (256, 256), (257, 259), (500, 333), (333, 500), (1600, 1200), (2000, 100), (100, 2000), (1, 300), (1, 1), (224, 224), (160, 96),
    ];

    [TestMethod]
    [DataRow(Interpolation.Bicubic, ResizeMode.ShorterSideThenCenterCrop, 2, 0.02)]
    [DataRow(Interpolation.Bicubic, ResizeMode.Squash, 2, 0.02)]
    [DataRow(Interpolation.Bilinear, ResizeMode.ShorterSideThenCenterCrop, 2, 0.07)]
    [DataRow(Interpolation.Bilinear, ResizeMode.Squash, 2, 0.07)]
    public void Pixels_AreThoseOfTheModel_ButForRoundings(Interpolation interpolation, ResizeMode mode, int largestDifference, double differentShare)
    {
        foreach ((int height, int width) in new[] { (224, 224), (96, 160), (160, 96) })
        {
            ImagePreprocessing preprocessing = ImagePreprocessing.ForSize(height, width) with { Interpolation = interpolation, ResizeMode = mode };
            using var resizing = new ResizingGraph(preprocessing);
            foreach ((int Width, int Height) size in _sizes)
            {
                byte[] picture = Draw(size.Width, size.Height);
                byte[] expected = preprocessing.ResizeAndCrop(new RgbImage(size.Width, size.Height, picture)).Pixels;
                byte[] actual = resizing.Run(picture, size.Width, size.Height);
                int[] differences = [.. expected.Zip(actual, (a, b) => Math.Abs(a - b))];
                string what = $"{size} to {height} x {width}";
                Assert.IsTrue(differences.Max() <= largestDifference, $"{what}: off by {differences.Max()}");
                int different = differences.Count(difference => difference > 0);
                Assert.IsTrue(different <= differentShare * differences.Length, $"{what}: {different} of {differences.Length} values differ");
            }
        }
    }

    [TestMethod]
    public void SeveralPictures_AreEachResizedAsAlone()
    {
        using var resizing = new ResizingGraph(ImagePreprocessing.ForSize(64));
        byte[] first = Draw(150, 100), second = [.. Draw(150, 100).Reverse()];
        byte[] expected = [.. resizing.Run(first, 150, 100), .. resizing.Run(second, 150, 100)];
        CollectionAssert.AreEqual(expected, resizing.Run([.. first, .. second], 150, 100));
    }

    [TestMethod]
    public void CropRatioOfOne_LeavesAFittingPictureAsItIs()
    {
        using var resizing = new ResizingGraph(ImagePreprocessing.ForSize(96, 160) with { CropRatio = 1 });
        byte[] picture = Draw(160, 96);
        CollectionAssert.AreEqual(picture, resizing.Run(picture, 160, 96));
    }

    /// <summary>Noise within stripes of black and white, where a cubic kernel overshoots.</summary>
    private static byte[] Draw(int width, int height)
    {
        byte[] pixels = new byte[width * height * 3];
        new Random(width * height).NextBytes(pixels);
        for (int i = 0; i < pixels.Length; i++)
            if (i / 3 % width / 10 % 2 == 0) pixels[i] = (byte)(pixels[i] > 128 ? 255 : 0);
        return pixels;
    }
}
