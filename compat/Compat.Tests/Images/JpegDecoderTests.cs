using ConvNeXt.Tests;
using Microsoft.ML.Transforms.Image.Decoding;

namespace Compat.Tests.Images;

[TestClass]
public sealed class JpegDecoderTests
{
    [TestMethod]
    [DataRow("s444")]
    [DataRow("s422")]
    [DataRow("s420")]
    [DataRow("s440")]
    [DataRow("s3x1")]
    [DataRow("progressive")]
    [DataRow("restart")]
    [DataRow("grey")]
    [DataRow("rgb")]
    [DataRow("cmyk")]
    public void EveryKind_IsDecodedAsPillowDoes(string name) => CheckEqual(Read(name + ".jpg"), Read(name + ".expected.png"), name);

    [TestMethod]
    public void Photograph_IsDecodedAsPillowDoes() =>
        CheckEqual(File.ReadAllBytes(TestFolders.Data("golden", "preprocess", "photo5.jpg")),
            File.ReadAllBytes(TestFolders.Data("golden", "preprocess", "photo5.decoded.png")), "photo5");

    [TestMethod]
    public void AllGoldenPhotographs_AreDecodedAsPillowDoes()
    {
        string folder = TestFolders.Shared("golden", "preprocess");
        string[] photos = Directory.GetFiles(folder, "photo*.jpg");
        Assert.AreNotEqual(0, photos.Length);
        foreach (string photo in photos) CheckEqual(File.ReadAllBytes(photo), File.ReadAllBytes(Path.ChangeExtension(photo, ".decoded.png")), photo);
    }

    [TestMethod]
    [DataRow("s420")]
    [DataRow("progressive")]
    [DataRow("restart")]
    [DataRow("grey")]
    [DataRow("cmyk")]
    public void EveryTruncation_IsAnError(string name)
    {
        byte[] file = Read(name + ".jpg");
        for (int length = 0; length < file.Length; length++)
            Assert.ThrowsException<InvalidDataException>(() => ImageDecoder.Decode(file.AsMemory(0, length)), $"{length} of {file.Length} bytes");
    }

    [TestMethod]
    public void StrayBytesBetweenSegments_AreHarmless_ButDoNotHideATruncation()
    {
        byte[] file = Read("s420.jpg"), expected = JpegDecoder.Decode(file).Pixels.ToArray();
        int second = 4 + (file[4] << 8 | file[5]);
        byte[] stray = [.. file[..second], 1, 2, 3, .. file[second..]];
        CollectionAssert.AreEqual(expected, JpegDecoder.Decode(stray).Pixels.ToArray());
        Expect(stray[..^60], "truncated");
    }

    [TestMethod]
    public void BytesAfterTheEnd_AreHarmless()
    {
        byte[] file = Read("s420.jpg");
        CollectionAssert.AreEqual(JpegDecoder.Decode(file).Pixels.ToArray(), JpegDecoder.Decode([.. file, .. new byte[100]]).Pixels.ToArray());
    }

    [TestMethod]
    public void DamagedImageData_IsAnError()
    {
        byte[] file = Read("s420.jpg");
        int middle = file.Length - 100;
        file.AsSpan(middle, 12).Fill(0xFF);
        Expect(file, "damaged or truncated");
    }

    [TestMethod]
    public void WhatIsNotDecoded_IsSaid()
    {
        Expect(Read("arithmetic.jpg"), "arithmetic-coded");
        byte[] file = Read("s420.jpg");
        int frame = FrameHeader(file);
        Expect(With(file, frame + 1, 0xC3), "lossless");
        Expect(With(file, frame + 4, 12), "12 bits");
        Expect(With(file, frame + 9, 2), "2 components");
        Expect(With(file, frame + 11, 0x00), "sampling factors");
    }

    [TestMethod]
    public void ImpossibleSizes_AreRefused_BeforeMemoryIsTaken()
    {
        byte[] file = Read("s420.jpg");
        int size = FrameHeader(file) + 5;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Expect(With(With(file, size, 0xFF), size + 2, 0xFF), "at most 134217728 pixels");
        Expect(With(file, size, 0x20), "truncated");
        Expect(With(With(file, size, 0), size + 1, 0), "at least 1");
        Assert.IsTrue(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [TestMethod]
    public void ManyThreads_DecodeTheSamePixels()
    {
        byte[] file = Read("s420.jpg"), damaged = file[..^80], expected = JpegDecoder.Decode(file).Pixels.ToArray();
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            if (i % 3 == 0) Expect(damaged, "truncated");
            else CollectionAssert.AreEqual(expected, JpegDecoder.Decode(file).Pixels.ToArray());
        });
    }

    private static byte[] Read(string name) => File.ReadAllBytes(TestFolders.Data("images", name));

    private static int FrameHeader(byte[] file) => file.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);

    private static byte[] With(byte[] file, int at, byte value)
    {
        byte[] changed = (byte[])file.Clone();
        changed[at] = value;
        return changed;
    }

    private static void CheckEqual(byte[] jpeg, byte[] png, string what)
    {
        DecodedImage actual = ImageDecoder.Decode(jpeg), expected = ImageDecoder.Decode(png);
        Assert.AreEqual((expected.Width, expected.Height), (actual.Width, actual.Height), what);
        CollectionAssert.AreEqual(expected.Pixels.ToArray(), actual.Pixels.ToArray(), what);
    }

    private static void Expect(byte[] file, string says) =>
        StringAssert.Contains(Assert.ThrowsException<InvalidDataException>(() => ImageDecoder.Decode(file)).Message, says);
}
