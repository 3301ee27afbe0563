using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.Contract.Tests.ModelFiles;

/// <summary>Pictures made in memory, so that no decoder has a say in the recorded numbers. Each is of one colour: no way of resizing changes it.</summary>
internal sealed class PictureRow
{
    /// <summary>A model file keeps the columns that a file of rows can hold; images are none of those, and a schema needs at least one.</summary>
    public string Title { get; set; } = "";

    [ImageType(4, 6)]
    public MLImage? Picture { get; set; }

    public static PictureRow[] All() => [Of("slate", 10, 20, 30), Of("pink", 255, 0, 128)];

    private static PictureRow Of(string title, byte red, byte green, byte blue)
    {
        byte[] pixels = new byte[4 * 6 * 4];
        for (int i = 0; i < pixels.Length; i += 4)
            (pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]) = (blue, green, red, 255);
        return new PictureRow { Title = title, Picture = MLImage.CreateFromPixels(6, 4, MLPixelFormat.Bgra32, pixels) };
    }
}
