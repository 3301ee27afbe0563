using ConvNeXt.Backbone.Imaging;
using SkiaSharp;

namespace ConvNeXt.MLNet.Images;

/// <summary>The size at which a JPEG is decoded for <see cref="ImageDecodingOptions.ReduceLargeJpegs"/>.</summary>
internal static class ReducedSize
{
    private static readonly float[] Scales = [1 / 8f, 1 / 4f, 1 / 2f]; // libjpeg decodes them by smaller transforms of its blocks

    /// <summary>Finds the smallest size that resizing still makes smaller; the full size for other formats and for small images.</summary>
    /// <param name="codec">The image.</param>
    /// <param name="preprocessing">How it will be resized.</param>
    /// <param name="isTurned">Whether width and height will be exchanged after decoding.</param>
    public static SKSizeI Find(SKCodec codec, ImagePreprocessing preprocessing, bool isTurned)
    {
        SKImageInfo full = codec.Info;
        if (codec.EncodedFormat == SKEncodedImageFormat.Jpeg)
        {
            foreach (float scale in Scales)
            {
                SKSizeI size = codec.GetScaledDimensions(scale);
                if (isTurned ? IsEnough(size.Height, size.Width, preprocessing) : IsEnough(size.Width, size.Height, preprocessing)) return size;
            }
        }
        return new SKSizeI(full.Width, full.Height);
    }

    // The image is resized in proportion until it covers both sides of what is cropped, so it is not enlarged if it is at least as large.
    private static bool IsEnough(int width, int height, ImagePreprocessing preprocessing) => preprocessing.ResizeMode == ResizeMode.Squash
        ? width >= preprocessing.Width && height >= preprocessing.Height
        : width >= preprocessing.ResizedWidth && height >= preprocessing.ResizedHeight;
}
