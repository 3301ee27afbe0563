namespace ConvNeXt.MLNet.Robustness.Corruptions;

/// <summary>Which pixel stands for one beyond the border.</summary>
internal static class Border
{
    /// <summary>The nearest one: a a | a b c | c c.</summary>
    internal static int Nearest(int position, int length) => Math.Clamp(position, 0, length - 1);

    /// <summary>Mirrored without repeating the border: c b | a b c | b a.</summary>
    internal static int Mirror(int position, int length)
    {
        if (length == 1) return 0;
        int period = 2 * (length - 1);
        position = Math.Abs(position) % period;
        return position < length ? position : period - position;
    }

    /// <summary>Mirrored with the border repeated: b a | a b c | c b.</summary>
    internal static int Reflect(int position, int length)
    {
        int period = 2 * length;
        position = ((position % period) + period) % period;
        return position < length ? position : period - 1 - position;
    }

    /// <summary>As <see cref="Reflect(int, int)"/>, for positions between pixels; within [0, length - 1].</summary>
    internal static double Reflect(double position, int length)
    {
        double period = 2.0 * length;
        position = (position + 0.5) % period;
        if (position < 0) position += period;
        if (position > length) position = period - position;
        return Math.Clamp(position - 0.5, 0, length - 1);
    }
}
