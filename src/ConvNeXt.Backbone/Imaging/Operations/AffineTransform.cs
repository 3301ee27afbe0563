using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ConvNeXt.Backbone.Imaging.Operations;

/// <summary>
/// Transforms an image as Pillow 9.4's Image.transform does: the pixel (x, y) of the result is the source at X = A (x + 0.5) + B (y + 0.5) + C and Y = D (x +
/// 0.5) + E (y + 0.5) + F, interpolated in float64 between pixel centers, or the fill color if that is outside the image.
/// </summary>
/// <remarks>
/// The bicubic kernel has a = -1, unlike that of a resize, and values are truncated to 8 bits, not rounded. Neighbors beyond the border are taken from the
/// border.
/// </remarks>
internal readonly record struct AffineTransform(double A, double B, double C, double D, double E, double F)
{
    private const int Channels = PixelBuffers.Channels;

    internal static AffineTransform ShearX(double factor) => new(1, factor, 0, 0, 1, 0);

    internal static AffineTransform ShearY(double factor) => new(1, 0, 0, factor, 1, 0);

    internal static AffineTransform Translate(double x, double y) => new(1, 0, x, 0, 1, y);

    /// <summary>Counterclockwise rotation around the center.</summary>
    internal static AffineTransform Rotate(double degrees, int width, int height)
    {
        double turned = degrees % 360;
        if (turned < 0) turned += 360;
        double radians = -turned * (Math.PI / 180);
        double cosine = RoundTo15Decimals(Math.Cos(radians)), sine = RoundTo15Decimals(Math.Sin(radians));
        double x = width / 2.0, y = height / 2.0;
        return new AffineTransform(cosine, sine, cosine * -x + sine * -y + x, -sine, cosine, -sine * -x + cosine * -y + y);
    }

    /// <summary>Transforms an image.</summary>
    /// <param name="image">The image, replaced by the result.</param>
    /// <param name="interpolation">Interpolation between pixels.</param>
    /// <param name="fill">Color for areas outside the image.</param>
    internal void Apply(ref PixelBuffers image, Interpolation interpolation, (byte Red, byte Green, byte Blue) fill)
    {
        int width = image.Width, height = image.Height;
        ReadOnlySpan<byte> source = image.PaddedPixels;
        Span<byte> target = image.Spare;
        for (int y = 0; y < height; y++)
        {
            double fromY = B * (y + 0.5), downY = E * (y + 0.5);
            for (int x = 0; x < width; x++)
            {
                double sourceX = A * (x + 0.5) + fromY + C, sourceY = D * (x + 0.5) + downY + F;
                var pixel = target.Slice((y * width + x) * Channels, Channels);
                if (!(sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height))
                {
                    (pixel[0], pixel[1], pixel[2]) = fill;
                    continue;
                }
                var position = new Sample(source, width, height, sourceX - 0.5, sourceY - 0.5);
                Store(interpolation == Interpolation.Bicubic ? position.Bicubic() : position.Bilinear(), pixel);
            }
        }
        image.Swap();
    }

    private static void Store(Vector256<double> value, Span<byte> pixel)
    {
        value = Vector256.Min(Vector256.Max(value, Vector256<double>.Zero), Vector256.Create(255.0));
        pixel[0] = (byte)value.GetElement(0);
        pixel[1] = (byte)value.GetElement(1);
        pixel[2] = (byte)value.GetElement(2);
    }

    /// <summary>Same as Python's round(value, 15), which rounds the exact decimal value.</summary>
    private static double RoundTo15Decimals(double value)
    {
        Span<char> text = stackalloc char[24];
        value.TryFormat(text, out int length, "F15", CultureInfo.InvariantCulture);
        return double.Parse(text[..length], CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// A position between pixels, in pixels from the center of the first one. A vector holds the three channels of a pixel; its fourth lane is unused.
    /// </summary>
    private readonly ref struct Sample
    {
        private readonly ReadOnlySpan<byte> _source;
        private readonly int _width, _height, _left, _top;
        private readonly double _x, _y;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal Sample(ReadOnlySpan<byte> source, int width, int height, double x, double y)
        {
            _source = source;
            (_width, _height) = (width, height);
            (_left, _top) = ((int)Math.Floor(x), (int)Math.Floor(y));
            (_x, _y) = (x - _left, y - _top);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal Vector256<double> Bicubic()
        {
            int column0 = Column(_left - 1), column1 = Column(_left), column2 = Column(_left + 1), column3 = Column(_left + 2);
            if (_y == 0) return Cubic(Row(_top), column0, column1, column2, column3);
            return Cubic(
                Cubic(Row(_top - 1), column0, column1, column2, column3),
                Cubic(Row(_top), column0, column1, column2, column3),
                Cubic(Row(_top + 1), column0, column1, column2, column3),
                Cubic(Row(_top + 2), column0, column1, column2, column3),
                _y);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal Vector256<double> Bilinear()
        {
            int column0 = Column(_left), column1 = Column(_left + 1);
            var upper = Linear(Load(Row(_top), column0), Load(Row(_top), column1), _x);
            var lower = Linear(Load(Row(_top + 1), column0), Load(Row(_top + 1), column1), _x);
            return Linear(upper, lower, _y);
        }

        private static Vector256<double> Linear(Vector256<double> first, Vector256<double> second, double at) => first + (second - first) * at;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<double> Cubic(int row, int column0, int column1, int column2, int column3) =>
            Cubic(Load(row, column0), Load(row, column1), Load(row, column2), Load(row, column3), _x);

        /// <summary>
        /// The cubic through four values in a row, between the second and the third. The order of operations is Pillow's, so that results are bit-identical.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<double> Cubic(Vector256<double> first, Vector256<double> second, Vector256<double> third, Vector256<double> fourth, double at)
        {
            var d = Vector256.Create(at);
            var square = (first - second) * 2.0 + third - fourth;
            var cube = second - first - third + fourth;
            return second + d * (third - first + d * (square + d * cube));
        }

        private int Column(int x) => Math.Clamp(x, 0, _width - 1) * Channels;

        private int Row(int y) => Math.Clamp(y, 0, _height - 1) * _width * Channels;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<double> Load(int row, int column)
        {
            uint pixel = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref MemoryMarshal.GetReference(_source), row + column)); // within the padded pixels
            var values = Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(pixel).AsByte())).AsInt32();
            var (low, high) = Vector128.Widen(values);
            return Vector256.ConvertToDouble(Vector256.Create(low, high));
        }
    }
}
