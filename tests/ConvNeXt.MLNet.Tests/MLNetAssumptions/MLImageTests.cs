using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Tests.Images;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.MLNetAssumptions;

/// <summary>How MLImage decodes and what its pixels are; Images/ImageDecoding.cs copies them as they lie in memory.</summary>
[TestClass]
public sealed class MLImageTests
{
    private static readonly byte[] _pixels = [.. Enumerable.Range(0, 24).Select(i => (byte)(i % 4 == 3 ? 255 : i * 10))];

    [TestMethod]
    [DataRow(MLPixelFormat.Bgra32, new byte[] { 1, 2, 3 })]
    [DataRow(MLPixelFormat.Rgba32, new byte[] { 3, 2, 1 })]
    public void TheFormat_SaysTheOrderOfTheBytes(MLPixelFormat format, byte[] blueGreenRed)
    {
        using var image = MLImage.CreateFromPixels(1, 1, format, [1, 2, 3, 255]);
        Assert.AreEqual(format, image.PixelFormat);
        CollectionAssert.AreEqual(new byte[] { 1, 2, 3, 255 }, image.Pixels.ToArray());
        CollectionAssert.AreEqual(blueGreenRed, image.GetBGRPixels);
    }

    [TestMethod]
    public void Pixels_AreACopy_WithoutPadding()
    {
        byte[] given = [.. _pixels];
        using var image = MLImage.CreateFromPixels(3, 2, MLPixelFormat.Bgra32, given);
        given.AsSpan().Clear();
        CollectionAssert.AreEqual(_pixels, image.Pixels.ToArray());
    }

    [TestMethod]
    public void ADisposedImage_Throws_AndIsDisposedAgainInPeace()
    {
        var image = MLImage.CreateFromPixels(3, 2, MLPixelFormat.Bgra32, _pixels);
        image.Dispose();
        image.Dispose();
        foreach (Action use in new Action[] { () => _ = image.Width, () => _ = image.Height, () => _ = image.PixelFormat, () => _ = image.Pixels.Length })
            Assert.ThrowsExactly<InvalidOperationException>(use);
    }

    [TestMethod]
    public void AStream_IsReadFromWhereItStands_AndOneWithoutAnImageIsAnArgumentException()
    {
        byte[] bmp = TestImages.EncodeBmp(2, 2, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        using var behind = new MemoryStream([9, 9, 9, .. bmp]) { Position = 3 };
        using MLImage image = MLImage.CreateFromStream(behind);
        CollectionAssert.AreEqual(new byte[] { 3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10 }, image.GetBGRPixels, "a BMP is read exactly");
        foreach (byte[] wrong in new byte[][] { [], [1, 2, 3] })
            Assert.ThrowsExactly<ArgumentException>(() => MLImage.CreateFromStream(new MemoryStream(wrong)));
    }

    [TestMethod]
    public void Alpha_IsMultipliedIntoTheColors()
    {
        var png = new TestPng(16, 16, TestPng.Rgba, 8, new Random(21));
        using MLImage image = MLImage.CreateFromStream(new MemoryStream(png.Encode()));
        RgbImage straight = png.Pixels;
        int red = image.PixelFormat == MLPixelFormat.Rgba32 ? 0 : 2;
        for (int i = 0; i < 16 * 16; i++)
        {
            Assert.AreEqual(png.Alpha(i), image.Pixels[4 * i + 3]);
            foreach ((int channel, int at) in new[] { (0, red), (1, 1), (2, 2 - red) })
                Assert.AreEqual(straight.Pixels[3 * i + channel] * png.Alpha(i) / 255.0, image.Pixels[4 * i + at], 0.51);
        }
    }

    [TestMethod]
    public void TheOrientationTag_IsIgnored()
    {
        byte[] jpeg = File.ReadAllBytes(TestFolders.Data("images", "s444.jpg"));
        byte[] entry = [0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]; // orientation 6: to be turned by 90 degrees
        byte[] exif = [.. "Exif\0\0II*\0"u8, 8, 0, 0, 0, 1, 0, .. entry, 0, 0, 0, 0];
        byte[] tagged = [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]];
        using MLImage plain = MLImage.CreateFromStream(new MemoryStream(jpeg)), turned = MLImage.CreateFromStream(new MemoryStream(tagged));
        Assert.AreEqual((37, 29), (turned.Width, turned.Height));
        CollectionAssert.AreEqual(plain.Pixels.ToArray(), turned.Pixels.ToArray());
    }
}
