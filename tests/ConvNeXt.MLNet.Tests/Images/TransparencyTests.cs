using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests.Images;

/// <summary>What becomes visible of transparent pixels. That dropping is as in Pillow is compared by <see cref="DecodingTests"/>.</summary>
/// <remarks>dotnet/machinelearning#6886 and #6067: images with four channels.</remarks>
[TestClass]
public sealed class TransparencyTests
{
    private static readonly ImageDecodingOptions _onWhite = new() { Background = RgbColor.White };

    private readonly TestPng _png = new(16, 16, TestPng.Rgba, 8, new Random(21));

    [TestMethod]
    public void ByDefault_FourChannelsBecomeThree_WithTheColorsOfTheFile() =>
        ImageAssert.AreEqual(_png.Pixels, ImageAssert.Decode(_png.Encode()), tolerance: 0);

    [TestMethod]
    public void ABackground_ShowsThrough()
    {
        var background = new RgbColor(200, 100, 0);
        RgbImage actual = ImageAssert.Decode(_png.Encode(), new ImageDecodingOptions { Background = background });
        byte[] colors = [background.Red, background.Green, background.Blue];
        for (int i = 0; i < actual.Pixels.Length; i++)
        {
            double alpha = _png.Alpha(i / 3) / 255.0;
            Assert.AreEqual(_png.Pixels.Pixels[i] * alpha + colors[i % 3] * (1 - alpha), actual.Pixels[i], 0.51);
        }
    }

    [TestMethod]
    [DataRow("transparent.gif")]
    [DataRow("alpha-lossless.webp")]
    [DataRow("palette-transparent.png")]
    public void ABackground_ShowsThroughInEachFormat(string name)
    {
        byte[] file = File.ReadAllBytes(TestFolders.Data("images", name));
        RgbImage dropped = ImageAssert.Decode(file), onWhite = ImageAssert.Decode(file, _onWhite);
        RgbImage onBlack = ImageAssert.Decode(file, new ImageDecodingOptions { Background = RgbColor.Black });
        Assert.IsTrue(Enumerable.Range(0, dropped.Pixels.Length).Any(i => onWhite.Pixels[i] == 255 && onBlack.Pixels[i] == 0));
        for (int i = 0; i < dropped.Pixels.Length; i++) Assert.IsTrue(onBlack.Pixels[i] <= dropped.Pixels[i] + 1 && dropped.Pixels[i] <= onWhite.Pixels[i] + 1);
    }

    [TestMethod]
    [DataRow("rgba.png")]
    [DataRow("rgba-16bit.png")]
    [DataRow("palette-transparent.png")]
    [DataRow("transparent.gif")]
    [DataRow("alpha-lossless.webp")]
    [DataRow("alpha-lossy.webp")]
    [DataRow("alpha.bmp")]
    [DataRow("icon.ico")]
    [DataRow("cmyk.jpg")]
    [DataRow("s420.jpg")]
    public void ModelsFromBeforeThereWereOptions_DecodeAsMLImageDoes(string name)
    {
        byte[] file = File.ReadAllBytes(TestFolders.Data("images", name));
        using MLImage image = MLImage.CreateFromStream(new MemoryStream(file));
        int red = image.PixelFormat == MLPixelFormat.Rgba32 ? 0 : 2;
        RgbImage actual = ImageAssert.Decode(file, ImageDecodingOptions.Earliest);
        for (int i = 0; i < actual.Width * actual.Height; i++)
            foreach ((int channel, int at) in new[] { (0, red), (1, 1), (2, 2 - red) })
                Assert.AreEqual(image.Pixels[4 * i + at], actual.Pixels[3 * i + channel]);
    }

    [TestMethod]
    public void AnMLImage_IsDividedByItsTransparency_AsFarAsItsBitsAllow()
    {
        using MLImage image = MLImage.CreateFromStream(new MemoryStream(_png.Encode()));
        using RgbImage dropped = ImageDecoding.Copy(image, ImageDecodingOptions.Default), onWhite = ImageDecoding.Copy(image, _onWhite);
        RgbImage expectedOnWhite = ImageAssert.Decode(_png.Encode(), _onWhite);
        for (int i = 0; i < 16 * 16 * 3; i++)
        {
            int alpha = _png.Alpha(i / 3);
            Assert.AreEqual(alpha == 0 ? 0 : _png.Pixels.Pixels[i], dropped.Pixels[i], alpha == 0 ? 0 : 0.5 * 255 / alpha + 0.5);
            Assert.AreEqual(expectedOnWhite.Pixels[i], onWhite.Pixels[i], 1.01);
        }
    }

    [TestMethod]
    [DataRow(MLPixelFormat.Bgra32)]
    [DataRow(MLPixelFormat.Rgba32)]
    public void AnMLImageWhoseColorsAreNotMultiplied_IsTakenAsItIs(MLPixelFormat format)
    {
        using var image = MLImage.CreateFromPixels(2, 1, format, [10, 20, 200, 0, 40, 50, 60, 255]); // as screen captures have it: alpha is not used
        using RgbImage pixels = ImageDecoding.Copy(image, ImageDecodingOptions.Default);
        byte[] expected = format == MLPixelFormat.Rgba32 ? [10, 20, 200, 40, 50, 60] : [200, 20, 10, 60, 50, 40];
        CollectionAssert.AreEqual(expected, pixels.Pixels[..6]);
    }

    [TestMethod]
    public void ADisposedMLImage_IsUnreadable()
    {
        var image = MLImage.CreateFromPixels(1, 1, MLPixelFormat.Bgra32, [1, 2, 3, 255]);
        image.Dispose();
        Assert.ThrowsExactly<UnreadableImageException>(() => ImageDecoding.Copy(image, ImageDecodingOptions.Default));
    }
}
