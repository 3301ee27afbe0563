using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;

namespace ConvNeXt.Tests.Images;

/// <summary>Decodes bytes and compares pixels.</summary>
internal static class ImageAssert
{
    /// <summary>Decodes into memory of its own.</summary>
    public static RgbImage Decode(byte[] encoded, ImageDecodingOptions? options = null)
    {
        using RgbImage rented = ImageDecoding.Decode(new ImageReference(null, encoded, null), options ?? ImageDecodingOptions.Default);
        return new RgbImage(rented.Width, rented.Height, rented.Pixels[..(rented.Width * rented.Height * 3)]);
    }

    /// <summary>Why the bytes are refused.</summary>
    public static string Refused(byte[] encoded) => Assert.ThrowsExactly<UnreadableImageException>(() => Decode(encoded)).Message;

    public static void AreEqual(RgbImage expected, RgbImage actual, int tolerance, string? message = null)
    {
        Assert.AreEqual((expected.Width, expected.Height), (actual.Width, actual.Height), message);
        int largest = Enumerable.Range(0, expected.Width * expected.Height * 3).Max(i => Math.Abs(expected.Pixels[i] - actual.Pixels[i]));
        Assert.IsLessThanOrEqualTo(tolerance, largest, message);
    }
}
