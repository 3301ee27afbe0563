using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.MLNet.Robustness.Corruptions;

/// <summary>An affine transform that is given by what three points move to: a position in the result, and where its value comes from.</summary>
internal readonly record struct Warp(double A, double B, double C, double D, double E, double F)
{
    /// <summary>Moves three corners of a square in the middle by up to some pixels.</summary>
    internal static Warp Draw(int width, int height, double shift, ref CounterRandom random)
    {
        // As in the original, the center has the height as its first coordinate.
        double centerX = height / 2, centerY = width / 2, side = Math.Min(width, height) / 3;
        (double X, double Y)[] from = [(centerX + side, centerY + side), (centerX + side, centerY - side), (centerX - side, centerY - side)];
        var to = new (double X, double Y)[from.Length];
        for (int i = 0; i < from.Length; i++) to[i] = (from[i].X + random.NextDouble(-shift, shift), from[i].Y + random.NextDouble(-shift, shift));

        // Solved for the way back: from = M * to.
        double determinant = ((to[1].X - to[0].X) * (to[2].Y - to[0].Y)) - ((to[2].X - to[0].X) * (to[1].Y - to[0].Y));
        var (a, b, c) = Solve(from[0].X, from[1].X, from[2].X);
        var (d, e, f) = Solve(from[0].Y, from[1].Y, from[2].Y);
        return new Warp(a, b, c, d, e, f);

        (double, double, double) Solve(double first, double second, double third)
        {
            double x = (((second - first) * (to[2].Y - to[0].Y)) - ((third - first) * (to[1].Y - to[0].Y))) / determinant;
            double y = (((third - first) * (to[1].X - to[0].X)) - ((second - first) * (to[2].X - to[0].X))) / determinant;
            return (x, y, first - (x * to[0].X) - (y * to[0].Y));
        }
    }

    /// <summary>The value that a position of the result has, with what is beyond the border mirrored.</summary>
    internal float Sample(Plane plane, int x, int y)
    {
        double fromX = (A * x) + (B * y) + C, fromY = (D * x) + (E * y) + F;
        int left = (int)Math.Floor(fromX), top = (int)Math.Floor(fromY);
        double across = fromX - left, down = fromY - top;
        int x0 = Border.Mirror(left, plane.Width), x1 = Border.Mirror(left + 1, plane.Width);
        int y0 = Border.Mirror(top, plane.Height), y1 = Border.Mirror(top + 1, plane.Height);
        double upper = plane[x0, y0] + (across * (plane[x1, y0] - plane[x0, y0])), lower = plane[x0, y1] + (across * (plane[x1, y1] - plane[x0, y1]));
        return (float)(upper + (down * (lower - upper)));
    }
}
