using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Compat.Tests.Images;

[TestClass]
public sealed class ImageResizerTests
{
    [TestMethod]
    public void Fill_TakesThePixelUnderTheCentre()
    {
        byte[] row = [.. new byte[] { 1, 2, 3, 4 }.SelectMany(v => new[] { v, v, v, (byte)255 })];
        CollectionAssert.AreEqual(new byte[] { 1, 1, 2, 2, 3, 3, 4, 4 }, Firsts(ImageResizer.Nearest(row, 4, 1, 8, 1)));
        CollectionAssert.AreEqual(new byte[] { 2, 4 }, Firsts(ImageResizer.Nearest(row, 4, 1, 2, 1)));
        CollectionAssert.AreEqual(new byte[] { 1, 3, 4 }, Firsts(ImageResizer.Nearest(row, 4, 1, 3, 1)));
    }

    [TestMethod]
    public void Fill_KeepsThePixelFormat_CroppingAndPaddingDoNot()
    {
        using var image = MLImage.CreateFromPixels(2, 2, MLPixelFormat.Rgba32, [.. Enumerable.Repeat(new byte[] { 10, 20, 30, 255 }, 4).SelectMany(p => p)]);
        foreach (var (mode, format) in new[]
        {
            (ImageResizeMode.Fill, MLPixelFormat.Rgba32), (ImageResizeMode.CropAnchorTop, MLPixelFormat.Bgra32), (ImageResizeMode.Pad, MLPixelFormat.Bgra32),
        })
        {
            using MLImage resized = image.CloneWithResizing(6, 6, mode);
            Assert.AreEqual(format, resized.PixelFormat);
            for (int i = 0; i < 36; i++) CollectionAssert.AreEqual(new byte[] { 30, 20, 10 }, resized.GetBGRPixels[(3 * i)..(3 * i + 3)]);
        }
    }

    [TestMethod]
    public void Cropping_OfWideImages_UsesLeftAndRight()
    {
        Assert.AreEqual(new ImageResizer.Placement(-50, 0, 200, 100), ImageResizer.Place(400, 200, 100, 100, ImageResizeMode.CropAnchorCentral));
        Assert.AreEqual(new ImageResizer.Placement(-50, 0, 200, 100), ImageResizer.Place(400, 200, 100, 100, ImageResizeMode.CropAnchorTop));
        Assert.AreEqual(new ImageResizer.Placement(0, 0, 200, 100), ImageResizer.Place(400, 200, 100, 100, ImageResizeMode.CropAnchorLeft));
        Assert.AreEqual(new ImageResizer.Placement(-100, 0, 200, 100), ImageResizer.Place(400, 200, 100, 100, ImageResizeMode.CropAnchorRight));
    }

    [TestMethod]
    public void Cropping_OfTallImages_UsesTopAndBottom()
    {
        Assert.AreEqual(new ImageResizer.Placement(0, 0, 100, 200), ImageResizer.Place(200, 400, 100, 100, ImageResizeMode.CropAnchorTop));
        Assert.AreEqual(new ImageResizer.Placement(0, -100, 100, 200), ImageResizer.Place(200, 400, 100, 100, ImageResizeMode.CropAnchorBottom));
        Assert.AreEqual(new ImageResizer.Placement(0, -50, 100, 200), ImageResizer.Place(200, 400, 100, 100, ImageResizeMode.CropAnchorLeft));
    }

    [TestMethod]
    public void Padding_LeavesRoomAroundTheImage()
    {
        Assert.AreEqual(new ImageResizer.Placement(0, 25, 100, 50), ImageResizer.Place(400, 200, 100, 100, ImageResizeMode.Pad));
        Assert.AreEqual(new ImageResizer.Placement(25, 0, 50, 100), ImageResizer.Place(200, 400, 100, 100, ImageResizeMode.Pad));
        byte[] grey = Enumerable.Repeat((byte)200, 8 * 4 * 4).ToArray();
        byte[] padded = ImageResizer.Cubic(grey, 8, 4, 4, 4, ImageResizer.Place(8, 4, 4, 4, ImageResizeMode.Pad));
        byte[] zeros = new byte[16], inside = [.. Enumerable.Repeat(new byte[] { 200, 200, 200, 255 }, 8).SelectMany(p => p)];
        CollectionAssert.AreEqual((byte[])[.. zeros, .. inside, .. zeros], padded);
    }

    [TestMethod]
    public void ImagesTooThinToPad_LeaveOnlyPadding() =>
        CollectionAssert.AreEqual(new byte[64], ImageResizer.Cubic(new byte[4000 * 4], 4000, 1, 4, 4, ImageResizer.Place(4000, 1, 4, 4, ImageResizeMode.Pad)));

    [TestMethod]
    public void Cubic_IsTheDirectSumOverFourByFourPixels()
    {
        var random = new Random(31);
        foreach (var (width, height, newWidth, newHeight) in new[] { (9, 7, 20, 13), (30, 40, 11, 8), (5, 5, 5, 9), (1, 3, 6, 6) })
        {
            byte[] pixels = new byte[width * height * 4];
            random.NextBytes(pixels);
            var place = new ImageResizer.Placement(-2, 1, newWidth, newHeight);
            byte[] actual = ImageResizer.Cubic(pixels, width, height, newWidth, newHeight, place);
            for (int y = 0; y < newHeight; y++)
                for (int x = 0; x < newWidth; x++)
                    for (int channel = 0; channel < 4; channel++)
                    {
                        double wanted = y < 1 || x >= newWidth - 2 ? 0 : channel == 3 ? 255 :
                            Direct(pixels, width, height, newWidth, newHeight, x + 2, y - 1, channel);
                        Assert.AreEqual(wanted, actual[(y * newWidth + x) * 4 + channel], 0.51, $"{width} x {height} at {x}, {y}");
                    }
        }
    }

    private static double Direct(byte[] pixels, int width, int height, int newWidth, int newHeight, int x, int y, int channel)
    {
        double centreX = (x + 0.5) * width / newWidth - 0.5, centreY = (y + 0.5) * height / newHeight - 0.5, sum = 0;
        for (int row = (int)Math.Floor(centreY) - 1; row <= (int)Math.Floor(centreY) + 2; row++)
            for (int column = (int)Math.Floor(centreX) - 1; column <= (int)Math.Floor(centreX) + 2; column++)
                sum += Mitchell(row - centreY) * Mitchell(column - centreX)
                    * pixels[(Math.Clamp(row, 0, height - 1) * width + Math.Clamp(column, 0, width - 1)) * 4 + channel];
        return Math.Clamp(sum, 0, 255);
    }

    // The general form of the filter, with B and C.
    private static double Mitchell(double x)
    {
        const double B = 1 / 3.0, C = 1 / 3.0;
        x = Math.Abs(x);
        return x >= 2 ? 0
            : x >= 1 ? ((-B - 6 * C) * x * x * x + (6 * B + 30 * C) * x * x + (-12 * B - 48 * C) * x + 8 * B + 24 * C) / 6
            : ((12 - 9 * B - 6 * C) * x * x * x + (-18 + 12 * B + 6 * C) * x * x + 6 - 2 * B) / 6;
    }

    private static byte[] Firsts(byte[] pixels) => [.. pixels.Where((_, i) => i % 4 == 0)];
}
