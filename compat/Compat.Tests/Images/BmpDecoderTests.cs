using System.Buffers.Binary;
using Microsoft.ML.Transforms.Image.Decoding;

namespace Compat.Tests.Images;

[TestClass]
public sealed class BmpDecoderTests
{
    private static readonly uint[] _palette = [0x000000, 0x112233, 0x445566, 0x778899, 0xAABBCC];

    [TestMethod]
    public void BottomUpAndTopDownRows_AreTurnedTheRightWay()
    {
        // Two rows of three pixels: 9 bytes and 3 of padding each.
        byte[] rows = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 11, 12, 13, 14, 15, 16, 17, 18, 19, 0, 0, 0];
        byte[] first = [1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255], second = [11, 12, 13, 255, 14, 15, 16, 255, 17, 18, 19, 255];
        CollectionAssert.AreEqual((byte[])[.. second, .. first], Decode(TestBmp.File(3, 2, 24, rows)));
        CollectionAssert.AreEqual((byte[])[.. first, .. second], Decode(TestBmp.File(3, -2, 24, rows)));
        CollectionAssert.AreEqual((byte[])[.. second, .. first], Decode(TestBmp.File(3, 2, 24, rows[..^3])), "the last padding may be missing");
    }

    [TestMethod]
    public void PaletteEntries_OfOneFourAndEightBits()
    {
        CollectionAssert.AreEqual(Colors(1, 0, 1, 1, 0, 0, 0, 1, 0, 1), Decode(TestBmp.File(10, 1, 1, [0b10110001, 0b01000000, 0, 0], palette: _palette[..2])));
        CollectionAssert.AreEqual(Colors(4, 3, 2), Decode(TestBmp.File(3, 1, 4, [0x43, 0x20, 0, 0], palette: _palette)));
        CollectionAssert.AreEqual(Colors(4, 0, 1, 2, 3), Decode(TestBmp.File(5, 1, 8, [4, 0, 1, 2, 3, 0, 0, 0], palette: _palette)));
        byte[] corePalette = [0, 0, 0, 0x33, 0x22, 0x11];
        CollectionAssert.AreEqual(Colors(1, 0, 1), Decode(TestBmp.CoreFile(3, 1, 1, corePalette, [0b10100000, 0, 0, 0])));
    }

    [TestMethod]
    public void PaletteEntriesOutsideThePalette_AreAnError() =>
        Expect(TestBmp.File(3, 1, 8, [4, 5, 1, 0], palette: _palette), "the palette has 5 entries");

    [TestMethod]
    public void SixteenBits_AreStretched_ByTheDefaultOrGivenMasks()
    {
        byte[] pixels = [.. Words(0x7FFF, 0x7C00, 0x0010, 0x0063)];
        CollectionAssert.AreEqual((byte[])[255, 255, 255, 255, 0, 0, 255, 255, 132, 0, 0, 255, 25, 25, 0, 255], Decode(TestBmp.File(4, 1, 16, pixels)));
        pixels = [.. Words(0xF800, 0x07E0, 0x001F, 0x0020)];
        CollectionAssert.AreEqual((byte[])[0, 0, 255, 255, 0, 255, 0, 255, 255, 0, 0, 255, 0, 4, 0, 255],
            Decode(TestBmp.File(4, 1, 16, pixels, compression: 3, masks: [0xF800, 0x07E0, 0x001F])));
    }

    [TestMethod]
    public void ThirtyTwoBits_HaveAlpha_OnlyByAMask()
    {
        byte[] pixels = [1, 2, 3, 4, 5, 6, 7, 8];
        CollectionAssert.AreEqual((byte[])[1, 2, 3, 255, 5, 6, 7, 255], Decode(TestBmp.File(2, 1, 32, pixels)));
        byte[] masked = TestBmp.File(2, 1, 32, pixels, compression: 3, masks: [0x000000FF, 0x0000FF00, 0x00FF0000, 0xFF000000]);
        CollectionAssert.AreEqual((byte[])[3, 2, 1, 4, 7, 6, 5, 8], Decode(masked));
        Assert.IsTrue(BmpDecoder.Decode(masked).HasAlpha);
        byte[] deep = TestBmp.File(1, 1, 32, [.. Words(0x0FFF, 0xC000)], compression: 3, masks: [0x3FF, 0xC000_0000, 0x1000_0000]);
        CollectionAssert.AreEqual((byte[])[0, 255, 255, 255], Decode(deep), "of ten bits the upper eight");
    }

    [TestMethod]
    public void RunLengths_OfEightBits()
    {
        // Bottom row: run of 3 twos, then 3 pixels as they are. Second: skip one right and one up, two ones, end.
        byte[] runs = [3, 2, 0, 3, 4, 0, 1, 0, 0, 0, 0, 2, 1, 1, 2, 1, 0, 1];
        CollectionAssert.AreEqual(Colors(0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 4, 0, 1),
            Decode(TestBmp.File(6, 3, 8, runs, compression: 1, palette: _palette)));
    }

    [TestMethod]
    public void RunLengths_OfFourBits()
    {
        byte[] runs = [5, 0x12, 0, 0, 0, 5, 0x43, 0x21, 0x10, 0, 0, 1];
        CollectionAssert.AreEqual(Colors(4, 3, 2, 1, 1, 1, 2, 1, 2, 1), Decode(TestBmp.File(5, 2, 4, runs, compression: 2, palette: _palette)));
    }

    [TestMethod]
    public void RunLengths_ThatLeaveThePicture_OrEndEarly_AreErrors()
    {
        Expect(TestBmp.File(4, 1, 8, [5, 1, 0, 1], compression: 1, palette: _palette), "leaves the picture");
        Expect(TestBmp.File(4, 1, 8, [0, 0, 1, 1, 0, 1], compression: 1, palette: _palette), "leaves the picture");
        Expect(TestBmp.File(4, 1, 8, [4, 1], compression: 1, palette: _palette), "truncated");
        Expect(TestBmp.File(4, 1, 8, [0, 4, 1, 2], compression: 1, palette: _palette), "truncated");
        Expect(TestBmp.File(10_000, 10_000, 8, [0, 1], compression: 1, palette: _palette), "truncated");
    }

    [TestMethod]
    public void EveryTruncation_IsAnError()
    {
        byte[] file = TestBmp.File(5, 4, 24, new byte[64]);
        for (int length = 2; length < file.Length - 1; length++)
            Assert.ThrowsException<InvalidDataException>(() => ImageDecoder.Decode(file.AsMemory(0, length)), $"{length} of {file.Length} bytes");
    }

    [TestMethod]
    [DataRow(100_000, 100_000, 24, 0u, "at most 134217728 pixels")]
    [DataRow(int.MaxValue, int.MinValue, 24, 0u, "at most 134217728 pixels")]
    [DataRow(10_000, 10_000, 24, 0u, "truncated")]
    [DataRow(-4, 4, 24, 0u, "at least 1")]
    [DataRow(4, 4, 7, 0u, "7 bits")]
    [DataRow(4, 4, 24, 4u, "compression 4")]
    [DataRow(4, -4, 8, 1u, "top-down")]
    public void ImpossibleHeaders_AreRefused_BeforeMemoryIsTaken(int width, int height, int bits, uint compression, string says)
    {
        byte[] file = TestBmp.File(width, height, bits, new byte[16], compression);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Expect(file, says);
        Assert.IsTrue(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    private static byte[] Decode(byte[] file) => BmpDecoder.Decode(file).Pixels.ToArray();

    private static IEnumerable<byte> Words(params ushort[] words) => words.SelectMany(word => new[] { (byte)word, (byte)(word >> 8) });

    private static byte[] Colors(params int[] entries)
    {
        var bytes = new byte[4 * entries.Length];
        for (int i = 0; i < entries.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), 0xFF000000 | _palette[entries[i]]);
        return bytes;
    }

    private static void Expect(byte[] file, string says) =>
        StringAssert.Contains(Assert.ThrowsException<InvalidDataException>(() => ImageDecoder.Decode(file)).Message, says);
}
