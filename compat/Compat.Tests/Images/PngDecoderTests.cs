using Microsoft.ML.Transforms.Image.Decoding;

namespace Compat.Tests.Images;

[TestClass]
public sealed class PngDecoderTests
{
    private static readonly (int ColorType, int[] BitDepths)[] _kinds =
        [(0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16])];

    [TestMethod]
    public void EveryKindOfSamples_InterlacedOrNot_IsDecodedExactly()
    {
        var random = new Random(1);
        foreach (var (colorType, bitDepths) in _kinds)
            foreach (int bitDepth in bitDepths)
                foreach (bool interlaced in new[] { false, true })
                    foreach (var (width, height) in new[] { (1, 1), (3, 2), (5, 9), (8, 8), (33, 17) })
                        CheckDecoded(new TestPng(width, height, colorType, bitDepth, random) { Interlaced = interlaced });
    }

    [TestMethod]
    public void EveryFilter_IsUndone()
    {
        var random = new Random(2);
        for (int filter = 0; filter <= 4; filter++)
            foreach (var (colorType, bitDepth) in new[] { (0, 1), (0, 8), (2, 8), (4, 16), (6, 8), (6, 16) })
            {
                int all = filter;
                CheckDecoded(new TestPng(19, 6, colorType, bitDepth, random) { Filter = _ => all });
            }
    }

    [TestMethod]
    public void Transparency_GivesPaletteEntriesAlpha_AndOneColourNone()
    {
        var random = new Random(3);
        CheckDecoded(new TestPng(20, 10, 3, 4, random) { Transparency = [0, 7, 100, 255, 30] });
        foreach (int bitDepth in new[] { 1, 2, 4, 8, 16 })
        {
            var grey = new TestPng(20, 10, 0, bitDepth, random);
            grey.Transparency = Key(grey);
            CheckDecoded(grey);
        }
        foreach (int bitDepth in new[] { 8, 16 })
        {
            var rgb = new TestPng(20, 10, 2, bitDepth, random);
            rgb.Transparency = Key(rgb);
            CheckDecoded(rgb);
            Assert.AreEqual(0, PngDecoder.Decode(rgb.Encode()).Pixels[3]);
        }
    }

    [TestMethod]
    public void AncillaryChunks_ArePassedOver_EvenDamaged()
    {
        var png = new TestPng(4, 4, 2, 8, new Random(4)) { Extra = { ("gAMA", [0, 1, 2, 3]), ("tEXt", [1, 2]) } };
        byte[] file = png.Encode();
        file[8 + 25 + 8] ^= 0xFF;
        CollectionAssert.AreEqual(png.Expected(), PngDecoder.Decode(file).Pixels.ToArray());
    }

    [TestMethod]
    public void EveryTruncation_IsAnError()
    {
        byte[] file = new TestPng(9, 9, 2, 8, new Random(5)).Encode();
        for (int length = 8; length < file.Length; length++)
            Assert.ThrowsException<InvalidDataException>(() => PngDecoder.Decode(file.AsMemory(0, length)), $"{length} of {file.Length} bytes");
    }

    [TestMethod]
    public void EveryFlippedBit_OfCriticalChunks_IsAnError()
    {
        byte[] file = new TestPng(5, 4, 3, 4, new Random(6)).Encode();
        for (int bit = 0; bit < file.Length * 8; bit++)
        {
            byte[] damaged = (byte[])file.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.ThrowsException<InvalidDataException>(() => ImageDecoder.Decode(damaged), $"bit {bit}");
        }
    }

    [TestMethod]
    public void RowsThatAreMissing_AreTruncation()
    {
        var small = new TestPng(6, 5, 2, 8, new Random(7)).Encode();
        byte[] header = TestPng.Header(6, 7, 8, 2);
        header.CopyTo(small, 8);
        Expect(small, "truncated");
    }

    [TestMethod]
    [DataRow(100_000u, 100_000u, 8, 2, "at most 134217728 pixels")]
    [DataRow(uint.MaxValue, uint.MaxValue, 8, 2, "at most 134217728 pixels")]
    [DataRow(10_000u, 10_000u, 8, 2, "truncated")]
    [DataRow(0u, 5u, 8, 2, "at least 1")]
    [DataRow(5u, 5u, 3, 0, "3 bits")]
    [DataRow(5u, 5u, 16, 3, "colour type 3")]
    [DataRow(5u, 5u, 8, 1, "colour type 1")]
    public void ImpossibleHeaders_AreRefused_BeforeMemoryIsTaken(uint width, uint height, int bitDepth, int colorType, string says)
    {
        byte[] file = [.. PngFile.Signature, .. TestPng.Header(width, height, (byte)bitDepth, (byte)colorType),
            .. TestPng.Chunk("IDAT", [0x78, 1]), .. TestPng.Chunk("IEND", [])];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Expect(file, says);
        Assert.IsTrue(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [TestMethod]
    public void PixelsOutsideThePalette_AreAnError()
    {
        var png = new TestPng(5, 5, 3, 8, new Random(8));
        png.Palette = png.Palette[..6];
        Expect(png.Encode(), "the palette has 2 entries");
    }

    [TestMethod]
    public void ChunksThatBreakTheRules_AreNamed()
    {
        var random = new Random(9);
        var scattered = new TestPng(9, 9, 2, 8, random).Encode().ToList();
        int second = 8 + 25 + 12 + 50;
        scattered.InsertRange(second, TestPng.Chunk("tEXt", []));
        Expect([.. scattered], "IDAT chunks are not in one row");

        Expect(new TestPng(2, 2, 2, 8, random) { Extra = { ("ABCD", []) } }.Encode(), "'ABCD' is critical");
        Expect(new TestPng(2, 2, 3, 8, random) { Palette = [] }.Encode(), "there is no palette");
        Expect([.. PngFile.Signature, .. TestPng.Chunk("IEND", [])], "must be 'IHDR'");
        Expect([.. PngFile.Signature, .. TestPng.Header(1, 1, 8, 0), .. TestPng.Chunk("IEND", [])], "no image data");
        Expect(new TestPng(2, 2, 2, 8, random) { Filter = _ => 9 }.Encode(), "filter 9");
    }

    private static byte[] Key(TestPng png) => [.. png.Samples.Take(png.Channels).SelectMany(sample => new[] { (byte)(sample >> 8), (byte)sample })];

    private static void CheckDecoded(TestPng png)
    {
        DecodedImage image = PngDecoder.Decode(png.Encode());
        string what = $"colour type {png.ColorType}, {png.BitDepth} bits, {png.Width} x {png.Height}, interlaced {png.Interlaced}";
        Assert.AreEqual((png.Width, png.Height), (image.Width, image.Height), what);
        CollectionAssert.AreEqual(png.Expected(), image.Pixels.ToArray(), what);
        Assert.AreEqual(png.ColorType is 4 or 6 || png.Transparency.Length > 0, image.HasAlpha, what);
    }

    private static void Expect(byte[] file, string says) =>
        StringAssert.Contains(Assert.ThrowsException<InvalidDataException>(() => ImageDecoder.Decode(file)).Message, says);
}
