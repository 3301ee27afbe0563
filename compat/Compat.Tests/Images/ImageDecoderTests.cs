using ConvNeXt.Tests;
using Microsoft.ML.Transforms.Image.Decoding;

namespace Compat.Tests.Images;

[TestClass]
public sealed class ImageDecoderTests
{
    [TestMethod]
    public void NoBytes_AreAnError() => Expect([], "no bytes");

    [TestMethod]
    public void OtherData_IsNoImage() => Expect("hello, this is text"u8.ToArray(), "does not begin like an image");

    [TestMethod]
    [DataRow("picture.gif", "GIF")]
    [DataRow("picture.webp", "WebP")]
    [DataRow("picture.tif", "TIFF")]
    public void OtherFormats_AreNamed(string file, string format) =>
        Expect(File.ReadAllBytes(TestFolders.Data("images", file)), $"a {format} image; JPEG, PNG and BMP can be read");

    private static void Expect(byte[] file, string says) =>
        StringAssert.Contains(Assert.ThrowsException<InvalidDataException>(() => ImageDecoder.Decode(file)).Message, says);
}
