namespace ConvNeXt.Backbone.Imaging;

/// <summary>A rectangle of pixels.</summary>
/// <param name="X">First column.</param>
/// <param name="Y">First row.</param>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Height">Rows, at least 1.</param>
public readonly record struct PixelArea(int X, int Y, int Width, int Height)
{
    /// <summary>The area of a whole image.</summary>
    public static PixelArea Of(RgbImage image) => new(0, 0, image.Width, image.Height);

    /// <summary>Whether all of it lies in an image of this size.</summary>
    internal bool IsWithin(int width, int height) =>
        X >= 0 && Y >= 0 && Width >= 1 && Height >= 1 && Width <= width - X && Height <= height - Y;
}
