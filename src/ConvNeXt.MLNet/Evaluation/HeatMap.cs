using System.Collections.Immutable;

namespace ConvNeXt.MLNet.Evaluation;

/// <summary>
/// Where in an image a classifier sees what speaks for a class (Grad-CAM). It is a grid over the part of the image that the network sees, much coarser than
/// the image: 7 x 7 for the last stage and an input of 224 pixels.
/// </summary>
/// <param name="Class">The index of the class in <see cref="ConvNeXtClassificationTransformer.LabelNames"/>.</param>
/// <param name="Height">The number of rows.</param>
/// <param name="Width">The number of columns.</param>
/// <param name="Values">[Height, Width], from 0 (nothing speaks for the class) to 1; the largest is 1, unless all are 0.</param>
/// <param name="Area">The part of the image that the grid covers.</param>
public sealed record HeatMap(int Class, int Height, int Width, ImmutableArray<float> Values, HeatMapArea Area)
{
    /// <summary>The least and the largest height and width of <see cref="Resize"/>.</summary>
    private const int LeastSide = 1, LargestSide = 4096;

    /// <summary>Returns the value of a cell.</summary>
    /// <param name="row">The row, from 0 at the top.</param>
    /// <param name="column">The column, from 0 at the left.</param>
    public float this[int row, int column] => Values[(row * Width) + column];

    /// <summary>Returns the map interpolated (bilinear) to another size, such as that of the picture it is laid over.</summary>
    /// <param name="height">The number of rows, from 1 to 4096.</param>
    /// <param name="width">The number of columns, from 1 to 4096.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is out of range.</exception>
    public HeatMap Resize(int height, int width)
    {
        Backbone.Check.InRange(height, LeastSide, LargestSide, nameof(height));
        Backbone.Check.InRange(width, LeastSide, LargestSide, nameof(width));
        float[] values = new float[height * width];
        for (int row = 0; row < height; row++)
            for (int column = 0; column < width; column++)
                values[(row * width) + column] = Interpolate(((row + 0.5) * Height / height) - 0.5, ((column + 0.5) * Width / width) - 0.5);
        return this with { Height = height, Width = width, Values = [.. values] };
    }

    /// <summary>
    /// Draws the map as a PNG to lay over the <see cref="Area"/> of the picture: transparent where it is 0, then yellow, then red.
    /// </summary>
    /// <param name="longerSide">The longer side in pixels, from 1 to 4096; the map is interpolated.</param>
    /// <exception cref="ArgumentOutOfRangeException">The side is out of range.</exception>
    public byte[] ToPng(int longerSide = 64)
    {
        Backbone.Check.InRange(longerSide, LeastSide, LargestSide, nameof(longerSide));
        int other = Math.Max(LeastSide, (int)Math.Round((double)longerSide * Math.Min(Height, Width) / Math.Max(Height, Width)));
        return HeatMapImage.Encode(Height >= Width ? Resize(longerSide, other) : Resize(other, longerSide));
    }

    private float Interpolate(double y, double x)
    {
        y = Math.Clamp(y, 0, Height - 1);
        x = Math.Clamp(x, 0, Width - 1);
        int top = (int)y, left = (int)x, bottom = Math.Min(top + 1, Height - 1), right = Math.Min(left + 1, Width - 1);
        double down = y - top, along = x - left;
        double upper = this[top, left] + (along * (this[top, right] - this[top, left]));
        double lower = this[bottom, left] + (along * (this[bottom, right] - this[bottom, left]));
        return (float)(upper + (down * (lower - upper)));
    }
}

/// <summary>A part of an image, in shares of its width and height from 0 to 1, as the image is shown (after its EXIF orientation).</summary>
/// <param name="Left">The left edge.</param>
/// <param name="Top">The top edge.</param>
/// <param name="Width">The width.</param>
/// <param name="Height">The height.</param>
public readonly record struct HeatMapArea(double Left, double Top, double Width, double Height);
