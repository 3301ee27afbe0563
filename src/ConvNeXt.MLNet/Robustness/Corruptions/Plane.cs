using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.MLNet.Robustness.Corruptions;

/// <summary>One value for each pixel, [Height, Width], mostly in [0, 1].</summary>
internal sealed class Plane(int width, int height)
{
    internal int Width => width;

    internal int Height => height;

    internal float[] Values { get; } = new float[width * height];

    internal float this[int x, int y]
    {
        get => Values[(y * width) + x];
        set => Values[(y * width) + x] = value;
    }

    /// <summary>Independent normal values.</summary>
    internal static Plane Normal(int width, int height, double mean, double deviation, ref CounterRandom random)
    {
        var plane = new Plane(width, height);
        random.FillGaussian(plane.Values);
        foreach (ref float value in plane.Values.AsSpan()) value = (float)(mean + (deviation * value));
        return plane;
    }

    /// <summary>Changes each value.</summary>
    internal Plane Map(Func<float, float> change)
    {
        var result = new Plane(width, height);
        for (int i = 0; i < Values.Length; i++) result.Values[i] = change(Values[i]);
        return result;
    }

    /// <summary>The value between four pixels.</summary>
    /// <param name="x">From 0 to Width - 1.</param>
    /// <param name="y">From 0 to Height - 1.</param>
    internal float Sample(double x, double y)
    {
        int left = Math.Min((int)x, width - 1), top = Math.Min((int)y, height - 1);
        int right = Math.Min(left + 1, width - 1), bottom = Math.Min(top + 1, height - 1);
        double across = x - left, down = y - top;
        double upper = this[left, top] + (across * (this[right, top] - this[left, top]));
        double lower = this[left, bottom] + (across * (this[right, bottom] - this[left, bottom]));
        return (float)(upper + (down * (lower - upper)));
    }

    /// <summary>Convolution with a kernel around each pixel, mirrored at the borders without repeating the border pixel.</summary>
    /// <param name="kernel">[side, side] with an odd side.</param>
    internal Plane Filter(float[,] kernel)
    {
        int radius = kernel.GetLength(0) / 2;
        var result = new Plane(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double sum = 0;
                for (int dy = -radius; dy <= radius; dy++)
                {
                    int row = Border.Mirror(y + dy, height) * width;
                    for (int dx = -radius; dx <= radius; dx++)
                        if (kernel[dy + radius, dx + radius] is var weight && weight != 0) sum += weight * Values[row + Border.Mirror(x + dx, width)];
                }
                result[x, y] = (float)sum;
            }
        }
        return result;
    }

    /// <summary>Enlarges the center so that it fills the plane, bilinearly; the corner pixels of what is cut out stay corner pixels.</summary>
    internal Plane Zoom(double factor)
    {
        int cutWidth = (int)Math.Ceiling(width / factor), cutHeight = (int)Math.Ceiling(height / factor);
        int left = (width - cutWidth) / 2, top = (height - cutHeight) / 2;
        int zoomedWidth = Round(cutWidth * factor), zoomedHeight = Round(cutHeight * factor);
        int trimLeft = (zoomedWidth - width) / 2, trimTop = (zoomedHeight - height) / 2;
        var result = new Plane(width, height);
        for (int y = 0; y < height; y++)
        {
            double fromY = top + Scale(y + trimTop, cutHeight, zoomedHeight);
            for (int x = 0; x < width; x++) result[x, y] = Sample(left + Scale(x + trimLeft, cutWidth, zoomedWidth), fromY);
        }
        return result;

        static double Scale(int position, int cut, int zoomed) => zoomed < 2 ? 0 : Math.Min(position * (cut - 1.0) / (zoomed - 1), cut - 1);

        static int Round(double length) => (int)Math.Round(length, MidpointRounding.ToEven);
    }
}
