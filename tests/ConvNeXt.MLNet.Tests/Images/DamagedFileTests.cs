using System.Buffers.Binary;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images.Formats;
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

    [TestMethod]
    [DataRow("still.gif")]
    [DataRow("animated.gif")]
    [DataRow("transparent.gif")]
    public void AGifWhosePixelsEndEarly_IsRefused_AsByPillow(string name)
    {
        byte[] file = Read(name);
        (int start, int end) = FindGifData(file);
        for (int length = 1; length < 200; length += 9)
            StringAssert.Contains(ImageAssert.Refused([.. file[..start], (byte)length, .. file[(start + 1)..(start + 1 + length)], 0, (byte)';']), "damaged GIF");
        int lastBlock = end - 1 - FindLastBlockLength(file, start);
        StringAssert.Contains(ImageAssert.Refused([.. file[..lastBlock], 0, (byte)';']), "damaged GIF");
    }

    [TestMethod]
    [DataRow("still.gif")]
    [DataRow("transparent.gif")]
    public void AGifThatHasItsPixelsButNotItsEnd_IsDecoded_AsByPillow(string name)
    {
        byte[] file = Read(name);
        RgbImage expected = PngPixels.Read(TestFolders.Data("images", Path.ChangeExtension(name, ".expected.png")));
        (_, int end) = FindGifData(file);
        for (int length = end; length < file.Length; length++) ImageAssert.AreEqual(expected, ImageAssert.Decode(file[..length]), tolerance: 0);
    }

    [TestMethod]
    [DataRow("still.gif")]
    [DataRow("animated.gif")]
    [DataRow("transparent.gif")]
    public void GifPixels_AreCountedExactly(string name)
    {
        byte[] file = Read(name);
        (int start, _) = FindGifData(file);
        Assert.AreEqual(_pixels.Width * _pixels.Height, GifPixelCount.Count(file.AsSpan(start - 1), long.MaxValue));
    }

    [TestMethod]
    [DataRow("lossy.webp")]
    [DataRow("lossless.webp")]
    public void AWebPWhoseImageChunkIsShort_IsRefused_AsByPillow(string name)
    {
        const int Riff = 12, ChunkHeader = 8;
        byte[] file = Read(name);
        for (int length = 20; length < file.Length - Riff - ChunkHeader - 16; length += 6)
        {
            byte[] cut = file[..(Riff + ChunkHeader + length)];
            BinaryPrimitives.WriteInt32LittleEndian(cut.AsSpan(4), cut.Length - 8);
            BinaryPrimitives.WriteInt32LittleEndian(cut.AsSpan(Riff + 4), length);
            StringAssert.Contains(ImageAssert.Refused(cut), "damaged");
        }
    }

    [TestMethod]
    public void AnIconWhoseLargestPictureIsCut_IsRefused_AsByPillow()
    {
        byte[] file = Read("icon.ico"); // 16 x 16 pixels, then 32 x 32
        for (int length = 100; length < file.Length; length += 33) StringAssert.Contains(ImageAssert.Refused(file[..length]), "truncated");
    }

    private static byte[] Read(string name) => File.ReadAllBytes(TestFolders.Data("images", name));

    /// <summary>The first frame's data: the length of the first block, and where the block of length 0 is.</summary>
    private static (int Start, int End) FindGifData(byte[] file)
    {
        int start = file.AsSpan().IndexOf((byte[])[0, (byte)',', 0, 0, 0, 0]) + 1 + 10; // the descriptor of a frame at the left and top
        if ((file[start - 1] & 0x80) != 0) start += 3 << ((file[start - 1] & 7) + 1);
        start++;
        int end = start;
        while (file[end] > 0) end += file[end] + 1;
        return (start, end);
    }

    private static int FindLastBlockLength(byte[] file, int start)
    {
        int length = 0;
        for (int at = start; file[at] > 0; at += length + 1) length = file[at];
        return length;
    }

    private static void CheckDecoded(byte[] file) => ImageAssert.AreEqual(_pixels, ImageAssert.Decode(file), tolerance: 2);
}
