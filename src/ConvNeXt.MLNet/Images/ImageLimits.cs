using ConvNeXt.Backbone.Imaging;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Images;

/// <summary>How large an image may be. Checked before memory is taken for its pixels, because a header can claim any size.</summary>
internal static class ImageLimits
{
    /// <summary>The largest encoded file that is read.</summary>
    public const long MaxFileBytes = 512L << 20;

    /// <summary>Above every camera of today, and 600 MB at 4 bytes a pixel.</summary>
    public const long MaxPixels = 150_000_000;

    /// <summary>The longest side in pixels, that of JPEG's format.</summary>
    public const int MaxSide = 65_535;

    /// <summary>The longer side divided by the shorter one: there is nothing to see in a longer strip, and resizing it takes a lot of memory.</summary>
    public const int MaxAspectRatio = 10_000;

    /// <summary>What is wrong with a size, or null.</summary>
    public static string? FindProblem(int width, int height)
    {
        if (width < 1 || height < 1) return Invariant($"its header says {width} x {height} pixels");
        string size = Invariant($"{width} x {height} pixels");
        if ((long)width * height > MaxPixels) return Invariant($"it is too large: {size}, at most {MaxPixels:N0} are decoded");
        if (Math.Max(width, height) > MaxSide) return Invariant($"it is too large: {size}, at most {MaxSide:N0} a side are decoded");
        return Math.Max(width, height) > (long)MaxAspectRatio * Math.Min(width, height)
            ? Invariant($"it is too long and narrow: {size}; the sides may have a ratio of at most {MaxAspectRatio:N0}")
            : null;
    }

    /// <summary>Checks a size.</summary>
    /// <exception cref="UnreadableImageException">It is out of the limits; the message is the end of a sentence.</exception>
    public static void Check(int width, int height)
    {
        if (FindProblem(width, height) is { } problem) throw new UnreadableImageException(problem);
    }
}
