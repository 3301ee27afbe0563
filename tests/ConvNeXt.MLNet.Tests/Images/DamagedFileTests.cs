using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Tests.Imaging;

namespace ConvNeXt.Tests.Images;

/// <summary>Small damage that Pillow and browsers accept is accepted; files that lack a part of their image are refused.</summary>
[TestClass]
public sealed class DamagedFileTests
{
    private const int EndChunk = 12, Checksum = 4;

    private static readonly byte[] _png = File.ReadAllBytes(TestFolders.Data("images", "s444.expected.png"));
    private static readonly byte[] _jpeg = File.ReadAllBytes(TestFolders.Data("images", "s444.jpg"));
    private static readonly RgbImage _pixels = PngPixels.Read(TestFolders.Data("images", "s444.expected.png"));

    [TestMethod]
    public void AJpegWithStrayBytesBetweenMarkers_IsDecoded()
    {
        int table = _jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDB]);
        CheckDecoded([.. _jpeg[..table], 0, 1, 2, .. _jpeg[table..]]);
    }

    [TestMethod]
    public void AJpegWhoseEndMarkerIsPadding_IsDecoded() => CheckDecoded([.. _jpeg[..^2], .. new byte[64]]);

    [TestMethod]
    public void AJpegThatEndsBeforeItsEndMarker_IsRefused_AsByPillow() => StringAssert.Contains(ImageAssert.Refused(_jpeg[..^2]), "truncated");

    [TestMethod]
    public void BytesBehindTheEnd_AreIgnored()
    {
        CheckDecoded([.. _jpeg, .. new byte[1000], .. _jpeg[..100]]);
        CheckDecoded([.. _png, .. new byte[1000]]);
    }

    [TestMethod]
    public void APngWithoutEndChunk_IsDecoded() => CheckDecoded(_png[..^EndChunk]);

    [TestMethod]
    public void APngWhoseLastChecksumIsCut_IsDecoded()
    {
        for (int cut = 1; cut <= Checksum; cut++) CheckDecoded(_png[..^cut]);
        CheckDecoded(_png[..^(EndChunk + Checksum)]);
    }

    [TestMethod]
    [DataRow("s444.jpg", 40)]
    [DataRow("progressive.jpg", 40)]
    [DataRow("restart.jpg", 40)]
    [DataRow("grey.jpg", 40)]
    [DataRow("cmyk.jpg", 40)]
    [DataRow("s444.expected.png", 40)]
    [DataRow("rgba-16bit.png", 40)]
    [DataRow("still.gif", 40)]
    [DataRow("lossy.webp", 8)]
    [DataRow("lossless.webp", 8)]
    [DataRow("palette.bmp", 40)]
    public void AnyTruncation_IsRefused(string name, int leastCut)
    {
        byte[] file = File.ReadAllBytes(TestFolders.Data("images", name));
        for (int length = 1; length <= file.Length - leastCut; length += 7) StringAssert.Contains(ImageAssert.Refused(file[..length]), "cannot be read");
    }

    private static void CheckDecoded(byte[] file) => ImageAssert.AreEqual(_pixels, ImageAssert.Decode(file), tolerance: 2);
}
