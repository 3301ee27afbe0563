using ConvNeXt.Tests;
using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.Images;

[TestClass]
public sealed class MLImageContractTests
{
    private static readonly byte[] _pixels = [.. Enumerable.Range(0, 24).Select(i => (byte)(i % 4 == 3 ? 255 : i * 10))];

    [TestMethod]
    [DataRow(MLPixelFormat.Bgra32)]
    [DataRow(MLPixelFormat.Rgba32)]
    public void Pixels_AreTheOnesGiven(MLPixelFormat format)
    {
        using var image = MLImage.CreateFromPixels(3, 2, format, _pixels);
        Assert.AreEqual((3, 2, 32, format), (image.Width, image.Height, image.BitsPerPixel, image.PixelFormat));
        CollectionAssert.AreEqual(_pixels, image.Pixels.ToArray());
        Assert.IsNull(image.Tag);
        image.Tag = "a tag";
        Assert.AreEqual("a tag", image.Tag);
    }

    [TestMethod]
    public void BgrPixels_AreInThatOrder_WhateverTheFormat()
    {
        using var bgra = MLImage.CreateFromPixels(1, 1, MLPixelFormat.Bgra32, [1, 2, 3, 255]);
        using var rgba = MLImage.CreateFromPixels(1, 1, MLPixelFormat.Rgba32, [1, 2, 3, 255]);
        CollectionAssert.AreEqual(new byte[] { 1, 2, 3 }, bgra.GetBGRPixels);
        CollectionAssert.AreEqual(new byte[] { 3, 2, 1 }, rgba.GetBGRPixels);
    }

    [TestMethod]
    public void Pixels_AreCopied()
    {
        byte[] pixels = [.. _pixels];
        using var image = MLImage.CreateFromPixels(3, 2, MLPixelFormat.Bgra32, pixels);
        pixels[0] ^= 0xFF;
        Assert.AreEqual(_pixels[0], image.Pixels[0]);
    }

    [TestMethod]
    public void EveryMember_OfADisposedImage_Throws()
    {
        var image = MLImage.CreateFromPixels(3, 2, MLPixelFormat.Bgra32, _pixels);
        image.Dispose();
        image.Dispose();
        foreach (Action use in new Action[]
        {
            () => _ = image.Width, () => _ = image.Height, () => _ = image.PixelFormat, () => _ = image.BitsPerPixel, () => _ = image.Pixels.Length,
            () => _ = image.GetBGRPixels, () => _ = image.Tag, () => image.Tag = "", () => image.Save("picture.png"),
        })
            Assert.AreEqual("Object is disposed.", Assert.ThrowsException<InvalidOperationException>(use).Message);
    }

    [TestMethod]
    public void WrongArguments_AreNamed()
    {
        Assert.AreEqual("pixelFormat", Refused(() => MLImage.CreateFromPixels(3, 2, MLPixelFormat.Unknown, _pixels)));
        Assert.AreEqual("width", Refused(() => MLImage.CreateFromPixels(0, 2, MLPixelFormat.Bgra32, _pixels)));
        Assert.AreEqual("height", Refused(() => MLImage.CreateFromPixels(3, -2, MLPixelFormat.Bgra32, _pixels)));
        Refused(() => MLImage.CreateFromPixels(3, 3, MLPixelFormat.Bgra32, _pixels));
        Assert.AreEqual("imageStream", Refused(() => MLImage.CreateFromStream(new MemoryStream([1, 2, 3]))));
        Assert.AreEqual("imageStream", Refused(() => MLImage.CreateFromStream(new MemoryStream())));
        Assert.AreEqual("imagePath", Refused(() => MLImage.CreateFromFile(Path.Combine(Path.GetTempPath(), "no-such-folder", "no-such-file.png"))));
        Assert.ThrowsException<ArgumentNullException>(() => MLImage.CreateFromStream(null!));
        Assert.ThrowsException<ArgumentNullException>(() => MLImage.CreateFromFile(null!));
        using var image = MLImage.CreateFromPixels(3, 2, MLPixelFormat.Bgra32, _pixels);
        Assert.AreEqual("imagePath", Refused(() => image.Save("picture.unknown")));
        Assert.AreEqual("imagePath", Refused(() => image.Save("picture.bmp")));
    }

    [TestMethod]
    public void Png_SavedAndLoaded_KeepsOpaquePixels()
    {
        string folder = TestFolders.CreateTemporary(), path = Path.Combine(folder, "picture.PNG");
        using (var image = MLImage.CreateFromPixels(3, 2, MLPixelFormat.Rgba32, _pixels)) image.Save(path);
        using var fromFile = MLImage.CreateFromFile(path);
        using var fromStream = MLImage.CreateFromStream(new MemoryStream(File.ReadAllBytes(path)));
        foreach (var image in new[] { fromFile, fromStream })
        {
            Assert.AreEqual((3, 2), (image.Width, image.Height));
            byte[] bgr = [.. Enumerable.Range(0, 6).SelectMany(i => new[] { _pixels[4 * i + 2], _pixels[4 * i + 1], _pixels[4 * i] })];
            CollectionAssert.AreEqual(bgr, image.GetBGRPixels);
        }
        Directory.Delete(folder, recursive: true);
    }

    [TestMethod]
    public void Stream_IsReadFromWhereItStands()
    {
        string folder = TestFolders.CreateTemporary(), path = Path.Combine(folder, "picture.png");
        using (var image = MLImage.CreateFromPixels(3, 2, MLPixelFormat.Rgba32, _pixels)) image.Save(path);
        byte[] png = File.ReadAllBytes(path);
        using var stream = new MemoryStream([9, 9, 9, .. png]) { Position = 3 };
        using var loaded = MLImage.CreateFromStream(stream);
        Assert.AreEqual(3, loaded.Width);
        Directory.Delete(folder, recursive: true);
    }

    [TestMethod]
    public void LosslessBitmap_IsReadExactly()
    {
        // Two rows of two pixels, 24 bits, bottom row first.
        byte[] bmp =
        [
            (byte)'B', (byte)'M', 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0, 16, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0,
        ];
        using var image = MLImage.CreateFromStream(new MemoryStream(bmp));
        CollectionAssert.AreEqual(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }, image.GetBGRPixels);
    }

    private static string? Refused(Action use)
    {
        try
        {
            use();
        }
        catch (ArgumentException e)
        {
            return e.ParamName;
        }
        throw new AssertFailedException("There was no ArgumentException.");
    }
}
