using System.Buffers.Binary;
using ConvNeXt.MLNet.Images;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests;

[TestClass]
public sealed class EncodedImageTests
{
    private static readonly byte[] Bmp = TestImages.EncodeBmp(TestImages.Size, TestImages.Size, TestImages.Draw("disc", new Random(1)));

    [TestMethod]
    public void WholeImages_HaveNoProblem()
    {
        Assert.IsNull(EncodedImage.FindProblem(Bmp));
        Assert.IsNull(EncodedImage.FindProblem(Encode(".png")));
        Assert.IsNull(EncodedImage.FindProblem(Encode(".jpg")));
    }

    [TestMethod]
    public void AnyTruncation_IsFound()
    {
        foreach (byte[] image in new[] { Bmp, Encode(".png"), Encode(".jpg") })
            for (int length = 40; length < image.Length - 2; length += 97)
                StringAssert.Contains(EncodedImage.FindProblem(image.AsSpan(0, length)), "truncated", $"{length} of {image.Length} bytes");
    }

    [TestMethod]
    public void HugeClaims_AreRefusedBeforeDecoding()
    {
        byte[] bmp = [.. Bmp];
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(18), 60_000);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(22), 60_000);
        StringAssert.Contains(EncodedImage.FindProblem(bmp), "too large: 60000 x 60000 pixels");

        byte[] png = Encode(".png");
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 100_000);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 100_000);
        StringAssert.Contains(EncodedImage.FindProblem(png), "too large: 100000 x 100000 pixels");
    }

    [TestMethod]
    public void NothingAndOtherFormats()
    {
        StringAssert.Contains(EncodedImage.FindProblem([]), "0 bytes");
        Assert.IsNull(EncodedImage.FindProblem("GIF89a"u8), "formats that are not looked into are left to the decoder");
    }

    private static byte[] Encode(string extension)
    {
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N") + extension);
        try
        {
            using (var stream = new MemoryStream(Bmp))
            using (MLImage image = MLImage.CreateFromStream(stream))
                image.Save(path);
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
