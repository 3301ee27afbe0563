using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;
using ConvNeXt.Tests.Imaging;

namespace ConvNeXt.Tests.Images;

/// <summary>Every format and kind of file that is decoded, against the pixels that Pillow gives; what is not decoded is refused, naming the file.</summary>
[TestClass]
public sealed class DecodingTests
{
    /// <summary>Decoders of lossy formats may round differently: on the machines that were tried JPEG and WebP are equal to the level.</summary>
    private const int LossyTolerance = 2;

    private static readonly string _folder = TestFolders.CreateTemporary();

    [TestMethod]
    [DataRow("s444.jpg", LossyTolerance)]
    [DataRow("s422.jpg", LossyTolerance)]
    [DataRow("s420.jpg", LossyTolerance)]
    [DataRow("s440.jpg", LossyTolerance)]
    [DataRow("s3x1.jpg", LossyTolerance)]
    [DataRow("rgb.jpg", LossyTolerance)]
    [DataRow("grey.jpg", LossyTolerance)]
    [DataRow("cmyk.jpg", LossyTolerance)]
    [DataRow("progressive.jpg", LossyTolerance)]
    [DataRow("restart.jpg", LossyTolerance)]
    [DataRow("arithmetic.jpg", LossyTolerance)]
    [DataRow("lossy.webp", LossyTolerance)]
    [DataRow("lossless.webp", 0)]
    [DataRow("still.gif", 0)]
    [DataRow("animated.gif", 0)]
    [DataRow("transparent.gif", 0)]
    [DataRow("rgba.png", 0)]
    [DataRow("grey-alpha.png", 0)]
    [DataRow("palette-transparent.png", 0)]
    [DataRow("rgb-16bit.png", 0)]
    [DataRow("rgba-16bit.png", 0)]
    [DataRow("alpha-lossless.webp", 0)]
    [DataRow("alpha-lossy.webp", LossyTolerance)]
    [DataRow("palette.bmp", 0)]
    [DataRow("one-bit.bmp", 0)]
    [DataRow("alpha.bmp", 0)]
    [DataRow("icon.ico", 0)]
    public void EachKindOfFile_IsDecodedAsPillowDoes(string name, int tolerance)
    {
        string path = TestFolders.Data("images", name);
        CheckEqual(PngPixels.Read(Path.ChangeExtension(path, ".expected.png")), path, tolerance);
    }

    [TestMethod]
    public void EveryFileOfTheTestData_IsTested()
    {
        string[] tested = [.. typeof(DecodingTests).GetMethod(nameof(EachKindOfFile_IsDecodedAsPillowDoes))!
            .GetCustomAttributes(typeof(DataRowAttribute), inherit: false).Select(row => (string)((DataRowAttribute)row).Data[0]!)];
        IEnumerable<string> files = Directory.GetFiles(TestFolders.Data("images")).Select(file => Path.GetFileName(file)!);
        string[] expected = [.. files.Where(file => file != "README.md" && file != "jpeg.tif" && !file.EndsWith(".expected.png", StringComparison.Ordinal))];
        CollectionAssert.AreEquivalent(expected, tested);
    }

    [TestMethod]
    public void APhotograph_IsDecodedAsPillowDoes() => CheckEqual(
        PngPixels.Read(TestFolders.Data("golden", "preprocess", "photo5.decoded.png")), TestFolders.Data("golden", "preprocess", "photo5.jpg"), LossyTolerance);

    [TestMethod]
    public void PngAndBmp_AreDecodedExactly()
    {
        string png = TestFolders.Data("images", "s444.expected.png");
        RgbImage picture = PngPixels.Read(png);
        CheckEqual(picture, png, tolerance: 0);
        CheckEqual(picture, Write("picture.bmp", TestImages.EncodeBmp(picture.Width, picture.Height, picture.Pixels)), tolerance: 0);
    }

    [TestMethod]
    [DataRow(TestPng.Grey, 1)]
    [DataRow(TestPng.Grey, 2)]
    [DataRow(TestPng.Grey, 4)]
    [DataRow(TestPng.Grey, 8)]
    [DataRow(TestPng.Grey, 16)]
    [DataRow(TestPng.Rgb, 8)]
    [DataRow(TestPng.Rgb, 16)]
    [DataRow(TestPng.Palette, 1)]
    [DataRow(TestPng.Palette, 2)]
    [DataRow(TestPng.Palette, 4)]
    [DataRow(TestPng.Palette, 8)]
    public void EachKindOfPng_IsDecodedExactly(int colorType, int bitDepth)
    {
        var png = new TestPng(19, 7, colorType, bitDepth, new Random(bitDepth));
        CheckEqual(png.Pixels, Write($"kind-{colorType}-{bitDepth}.png", png.Encode()), tolerance: 0);
    }

    [TestMethod]
    public void ASinglePixel_IsAnImage()
    {
        var png = new TestPng(1, 1, TestPng.Rgb, 8, new Random(1));
        CheckEqual(png.Pixels, Write("pixel.png", png.Encode()), tolerance: 0);
        CheckEqual(png.Pixels, Write("pixel.bmp", TestImages.EncodeBmp(1, 1, png.Pixels.Pixels)), tolerance: 0);
    }

    [TestMethod]
    public void TheContentDecides_NotTheExtension()
    {
        byte[] gif = File.ReadAllBytes(TestFolders.Data("images", "still.gif"));
        CheckEqual(PngPixels.Read(TestFolders.Data("images", "still.expected.png")), Write("really-a-gif.jpg", gif), tolerance: 0);
    }

    [TestMethod]
    [DataRow("s420.jpg", 100, "truncated")]
    [DataRow("s420.jpg", 900, "truncated")]
    [DataRow("progressive.jpg", 700, "truncated")]
    [DataRow("restart.jpg", 900, "truncated")]
    [DataRow("cmyk.jpg", 1900, "truncated")]
    [DataRow("s444.expected.png", 20, "truncated")]
    [DataRow("s444.expected.png", 1000, "truncated")]
    [DataRow("s444.expected.png", 1700, "truncated")]
    [DataRow("still.gif", 300, "truncated")]
    [DataRow("still.gif", 1500, "truncated")]
    [DataRow("lossy.webp", 25, "truncated")]
    [DataRow("lossy.webp", 200, "truncated")]
    [DataRow("lossless.webp", 21, "truncated")]
    [DataRow("lossless.webp", 900, "truncated")]
    [DataRow("icon.ico", 1000, "truncated")]
    public void ATruncatedFile_IsRefused_NamingIt(string name, int length, string reason)
    {
        byte[] file = File.ReadAllBytes(TestFolders.Data("images", name));
        Refuse(Write($"cut-{length}-{name}", file[..length]), reason);
    }

    [TestMethod]
    public void ATruncatedBmp_IsRefused_NamingIt()
    {
        byte[] bmp = TestImages.EncodeBmp(TestImages.Size, TestImages.Size, TestImages.Draw("disc", new Random(1)));
        foreach (int length in new[] { 10, 30, 60, 2000, bmp.Length - 1 }) Refuse(Write($"cut-{length}.bmp", bmp[..length]), "truncated");
    }

    [TestMethod]
    public void OtherFormats_AreRefused_NamingFileAndFormat()
    {
        Refuse(TestFolders.Data("images", "jpeg.tif"), "it is a TIFF");
        Refuse(Write("photo.heic", [0, 0, 0, 24, .. "ftypheic"u8, .. new byte[100]]), "it is a HEIC file");
        Refuse(Write("page.png", "<!DOCTYPE html><html></html>"u8.ToArray()), "it is an HTML page");
    }

    private static void Refuse(string path, string reason)
    {
        var reference = new ImageReference(path, null, null);
        string message = Assert.ThrowsExactly<UnreadableImageException>(() => ImageDecoding.Decode(reference, ImageDecodingOptions.Default).Dispose()).Message;
        StringAssert.Contains(message, path);
        StringAssert.Contains(message, reason);
    }

    /// <summary>The file, read by its path and from its bytes, has the pixels.</summary>
    private static void CheckEqual(RgbImage expected, string path, int tolerance)
    {
        foreach (var reference in new[] { new ImageReference(path, null, null), new ImageReference(null, File.ReadAllBytes(path), null) })
        {
            using RgbImage actual = ImageDecoding.Decode(reference, ImageDecodingOptions.Default);
            Assert.AreEqual((expected.Width, expected.Height), (actual.Width, actual.Height), path);
            int largest = Enumerable.Range(0, expected.Width * expected.Height * 3).Max(i => Math.Abs(expected.Pixels[i] - actual.Pixels[i]));
            Assert.IsLessThanOrEqualTo(tolerance, largest, path);
        }
    }

    private static string Write(string name, byte[] content)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
