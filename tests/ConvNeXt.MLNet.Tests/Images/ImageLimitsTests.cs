using System.Buffers.Binary;
using ConvNeXt.MLNet.Images;

namespace ConvNeXt.Tests.Images;

/// <summary>Small files that claim to be huge are refused before memory is taken for their pixels.</summary>
[TestClass]
public sealed class ImageLimitsTests
{
    private const long MostBytes = 1 << 20;

    [TestMethod]
    public void AHugeJpeg_IsRefused()
    {
        byte[] jpeg = File.ReadAllBytes(TestFolders.Data("images", "s444.jpg"));
        int frame = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 5), 60_000);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 7), 60_000);
        CheckRefused(jpeg, "too large: 60000 x 60000 pixels");
    }

    [TestMethod]
    public void AHugePng_IsRefused() => CheckRefused(PngOf(100_000, 100_000), "too large: 100000 x 100000 pixels");

    [TestMethod]
    public void AHugeBmp_IsRefused()
    {
        byte[] bmp = TestImages.EncodeBmp(TestImages.Size, TestImages.Size, TestImages.Draw("disc", new Random(1)));
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(18), 60_000);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(22), 60_000);
        CheckRefused(bmp, "cannot be read");
    }

    [TestMethod]
    public void AHugeGif_IsRefused()
    {
        byte[] gif = File.ReadAllBytes(TestFolders.Data("images", "still.gif"));
        BinaryPrimitives.WriteUInt16LittleEndian(gif.AsSpan(6), 30_000);
        BinaryPrimitives.WriteUInt16LittleEndian(gif.AsSpan(8), 30_000);
        CheckRefused(gif, "too large: 30000 x 30000 pixels");
    }

    [TestMethod]
    public void AHugeWebP_IsRefused()
    {
        byte[] webp = File.ReadAllBytes(TestFolders.Data("images", "lossless.webp"));
        const uint Sides = 16_382 | 16_382 << 14; // 14 bits each: width - 1, height - 1
        uint header = BinaryPrimitives.ReadUInt32LittleEndian(webp.AsSpan(21));
        BinaryPrimitives.WriteUInt32LittleEndian(webp.AsSpan(21), header >> 28 << 28 | Sides);
        CheckRefused(webp, "too large: 16383 x 16383 pixels");
    }

    [TestMethod]
    public void LongNarrowImages_AreRefused()
    {
        CheckRefused(PngOf(1, 70_000), "at most 65,535 a side");
        CheckRefused(PngOf(20_000, 1), "too long and narrow");
    }

    [TestMethod]
    [DataRow(10_000, 1)]
    [DataRow(1, 10_000)]
    [DataRow(10, 65_535)]
    public void SizesUpToTheLimits_AreDecoded(int width, int height)
    {
        var png = new TestPng(width, height, TestPng.Grey, 1, new Random(3));
        ImageAssert.AreEqual(png.Pixels, ImageAssert.Decode(png.Encode()), tolerance: 0);
    }

    [TestMethod]
    public void ALimit_IsTheLastSizeThatIsTaken()
    {
        Assert.IsNull(ImageLimits.FindProblem(15_000, 10_000));
        Assert.IsNotNull(ImageLimits.FindProblem(15_000, 10_001));
        Assert.IsNull(ImageLimits.FindProblem(65_535, 2_000));
        Assert.IsNotNull(ImageLimits.FindProblem(65_536, 2_000));
        Assert.IsNotNull(ImageLimits.FindProblem(0, 5));
    }

    private static byte[] PngOf(int width, int height)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 1; // bits; gray
        byte[] data = TestPng.Chunk("IDAT"u8, [0x78, 0x9C]);
        return [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. TestPng.Chunk("IHDR"u8, header), .. data, .. TestPng.Chunk("IEND"u8, [])];
    }

    private static void CheckRefused(byte[] file, string reason)
    {
        long before = Environment.WorkingSet, allocated = GC.GetAllocatedBytesForCurrentThread();
        StringAssert.Contains(ImageAssert.Refused(file), reason);
        Assert.IsLessThan(MostBytes, GC.GetAllocatedBytesForCurrentThread() - allocated);
        Assert.IsLessThan(200L << 20, Environment.WorkingSet - before, "an image of more than 150 million pixels takes 600 MB");
    }
}
