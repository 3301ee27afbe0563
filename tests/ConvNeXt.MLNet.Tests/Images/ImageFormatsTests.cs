using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Images.Formats;

namespace ConvNeXt.Tests.Images;

/// <summary>Files that are no image, or in a format that is not decoded, are called by their name, whatever their extension is.</summary>
[TestClass]
public sealed class ImageFormatsTests
{
    [TestMethod]
    public void FormatsThatAreNotDecoded_AreNamed()
    {
        Check("a TIFF file", [.. "II"u8, 42, 0]);
        Check("a TIFF file", [.. "MM"u8, 0, 42]);
        Check("a HEIC file", [0, 0, 0, 24, .. "ftypheic"u8]);
        Check("a HEIC file", [0, 0, 0, 24, .. "ftypmif1"u8]);
        Check("an AVIF file", [0, 0, 0, 24, .. "ftypavif"u8]);
        Check("a video file", [0, 0, 0, 24, .. "ftypisom"u8]);
        Check("a JPEG 2000 file", [0, 0, 0, 12, .. "jP  \r\n"u8]);
        Check("a JPEG 2000 file", [0xFF, 0x4F, 0xFF, 0x51]);
        Check("a JPEG XL file", [0xFF, 0x0A, 1]);
        Check("a JPEG XL file", [0, 0, 0, 12, .. "JXL \r\n"u8]);
        Check("an SVG file", "<?xml version='1.0'?>\n<svg width='1'/>"u8.ToArray());
        Check("an HTML page", "\uFEFF\n<!DOCTYPE html><title>404</title>"u8.ToArray());
        Check("an XML file", "<?xml version='1.0'?><error/>"u8.ToArray());
        Check("a PDF file", "%PDF-1.7"u8.ToArray());
        Check("a ZIP file", "PK\u0003\u0004"u8.ToArray());
        Check("a Photoshop file", "8BPS"u8.ToArray());
        Check("a gzip file", [0x1F, 0x8B, 8]);
        Check("a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\n"u8.ToArray());
        Check("not an image", "hello"u8.ToArray());
    }

    [TestMethod]
    public void DamagedHeaders_AreNamed()
    {
        StringAssert.Contains(ImageAssert.Refused([0xFF, 0xD8, 1]), "it is a JPEG that is truncated or damaged");
        StringAssert.Contains(ImageAssert.Refused("GIF89a"u8.ToArray()), "it is a GIF that is truncated or damaged");
    }

    [TestMethod]
    public void NoBytes_AreAProblem() => StringAssert.Contains(ImageAssert.Refused([]), "0 bytes");

    private static void Check(string name, byte[] file)
    {
        StringAssert.Contains(ImageFormats.Explain(file), name);
        StringAssert.Contains(ImageAssert.Refused([.. file, .. new byte[64]]), name);
    }
}
