using ConvNeXt.Tests;
using Microsoft.ML.Data;

namespace Compat.Tests.Images;

[TestClass]
public sealed class MLImageTests
{
    [TestMethod]
    public void AlphaOfAFile_IsMultipliedIntoTheColours()
    {
        var png = new TestPng(16, 16, 6, 8, new Random(21));
        byte[] straight = png.Expected();
        using var image = MLImage.CreateFromStream(new MemoryStream(png.Encode()));
        for (int i = 0; i < straight.Length; i += 4)
            for (int c = 0; c < 4; c++)
                Assert.AreEqual(c == 3 ? straight[i + 3] : (int)Math.Round(straight[i + c] * straight[i + 3] / 255.0), image.Pixels[i + c]);
    }

    [TestMethod]
    public void BgrPixels_HaveAlphaDividedOut()
    {
        using var image = MLImage.CreateFromPixels(3, 1, MLPixelFormat.Rgba32, [10, 20, 30, 255, 50, 100, 25, 100, 0, 0, 0, 0]);
        CollectionAssert.AreEqual(new byte[] { 30, 20, 10, 64, 255, 128, 0, 0, 0 }, image.GetBGRPixels);
    }

    [TestMethod]
    public void ErrorOfAFile_NamesIt()
    {
        string path = TestFolders.Data("images", "picture.webp");
        var error = Assert.ThrowsException<ArgumentException>(() => MLImage.CreateFromFile(path));
        StringAssert.Contains(error.Message, path);
        StringAssert.Contains(error.Message, "WebP");
    }

    [TestMethod]
    public void Saved_AsPng_ReadsBackTheSame_WithAndWithoutAlpha()
    {
        var random = new Random(22);
        foreach (var format in new[] { MLPixelFormat.Bgra32, MLPixelFormat.Rgba32 })
            foreach (bool opaque in new[] { true, false })
            {
                byte[] pixels = new byte[7 * 5 * 4];
                random.NextBytes(pixels);
                // Colours of a pixel that is not there at all are not kept, and with alpha multiplied in only 0 is possible there.
                for (int i = 3; i < pixels.Length; i += 4)
                    if (opaque) pixels[i] = 255;
                    else if (i % 8 == 3) pixels.AsSpan(i - 3, 4).Clear();
                    else pixels[i] = 255;
                using var image = MLImage.CreateFromPixels(7, 5, format, pixels);
                using var back = SaveAndLoad(image, "picture.png");
                CollectionAssert.AreEqual(image.GetBGRPixels, back.GetBGRPixels);
                for (int i = 3; i < pixels.Length; i += 4) Assert.AreEqual(pixels[i], back.Pixels[i]);
            }
    }

    [TestMethod]
    public void Saved_AsJpeg_ReadsBackNearly()
    {
        byte[] pixels = new byte[40 * 30 * 4];
        for (int i = 0; i < pixels.Length; i += 4)
            (pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]) = ((byte)(i / 160 * 8), (byte)(200 - i / 160), (byte)(i / 4 % 40 * 5), 255);
        using var image = MLImage.CreateFromPixels(40, 30, MLPixelFormat.Rgba32, pixels);
        using var back = SaveAndLoad(image, "picture.jpg");
        byte[] before = image.GetBGRPixels, after = back.GetBGRPixels;
        for (int i = 0; i < before.Length; i++) Assert.AreEqual(before[i], after[i], 12.0);
    }

    private static MLImage SaveAndLoad(MLImage image, string name)
    {
        string folder = TestFolders.CreateTemporary();
        try
        {
            string path = Path.Combine(folder, name);
            image.Save(path);
            CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(folder));
            return MLImage.CreateFromFile(path);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
