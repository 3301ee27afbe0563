using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using ConvNeXt.Tests.Imaging;

namespace ConvNeXt.Tests.Images;

/// <summary>EXIF orientations, against what Pillow's <c>ImageOps.exif_transpose</c> makes of them.</summary>
/// <remarks>dotnet/machinelearning#6592: photos of phones lie on their side.</remarks>
[TestClass]
public sealed class OrientationTests
{
    private static readonly byte[] _jpeg = File.ReadAllBytes(TestFolders.Data("images", "s444.jpg"));
    private static readonly RgbImage _lying = PngPixels.Read(TestFolders.Data("images", "s444.expected.png"));

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    [DataRow(6)]
    [DataRow(7)]
    [DataRow(8)]
    public void AJpeg_IsTurnedAsItsTagSays(int orientation)
    {
        foreach (bool bigEndian in new[] { false, true })
            ImageAssert.AreEqual(Upright(orientation), ImageAssert.Decode(ExifTag.InJpeg(_jpeg, ExifTag.Orientation(orientation, bigEndian))), tolerance: 2);
    }

    [TestMethod]
    [DataRow(3)]
    [DataRow(6)]
    public void APng_IsTurnedAsItsTagSays(int orientation)
    {
        byte[] png = File.ReadAllBytes(TestFolders.Data("images", "s444.expected.png"));
        foreach (bool bigEndian in new[] { false, true })
            ImageAssert.AreEqual(Upright(orientation), ImageAssert.Decode(ExifTag.InPng(png, ExifTag.Orientation(orientation, bigEndian))), tolerance: 0);
    }

    [TestMethod]
    public void AWebP_IsTurnedAsItsTagSays()
    {
        byte[] webp = File.ReadAllBytes(TestFolders.Data("images", "lossless.webp"));
        byte[] tagged = ExifTag.InWebP(webp, ExifTag.Orientation(6), _lying.Width, _lying.Height);
        ImageAssert.AreEqual(_lying, ImageAssert.Decode(tagged, ImageDecodingOptions.AsPyTorch), tolerance: 0);
        ImageAssert.AreEqual(Upright(6), ImageAssert.Decode(tagged), tolerance: 0);
    }

    [TestMethod]
    public void AsPyTorch_TheTagIsIgnored()
    {
        byte[] tagged = ExifTag.InJpeg(_jpeg, ExifTag.Orientation(6));
        ImageAssert.AreEqual(_lying, ImageAssert.Decode(tagged, ImageDecodingOptions.AsPyTorch), tolerance: 2);
    }

    [TestMethod]
    public void DamagedTags_AreIgnored()
    {
        byte[] png = File.ReadAllBytes(TestFolders.Data("images", "s444.expected.png")), whole = ExifTag.Orientation(6);
        byte[] far = [.. whole];
        far[4] = 200; // the directory is behind the end
        foreach (byte[] exif in new[] { [], whole[..6], whole[..10], whole[..20], far, ExifTag.Orientation(0), ExifTag.Orientation(9) })
            ImageAssert.AreEqual(_lying, ImageAssert.Decode(ExifTag.InPng(png, exif)), tolerance: 0);
    }

    private static RgbImage Upright(int orientation) =>
        orientation == 1 ? _lying : PngPixels.Read(TestFolders.Data("images", $"orientation-{orientation}.expected.png"));
}
