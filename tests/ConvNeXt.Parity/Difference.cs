using ConvNeXt.Backbone;

namespace ConvNeXt.Parity;

/// <summary>Distances between what was computed and what the official code computed.</summary>
internal static class Difference
{
    public static double Largest(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected)
    {
        Check(actual.Length, expected.Length);
        double largest = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double difference = Math.Abs(actual[i] - expected[i]);
            if (double.IsNaN(difference)) return double.PositiveInfinity;
            largest = Math.Max(largest, difference);
        }
        return largest;
    }

    /// <summary>Length of the difference over the length of what is expected.</summary>
    public static double RelativeLength(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected)
    {
        Check(actual.Length, expected.Length);
        double difference = 0, length = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            length += expected[i] * expected[i];
        }
        double relative = length == 0 ? Math.Sqrt(difference) : Math.Sqrt(difference / length);
        return double.IsNaN(relative) ? double.PositiveInfinity : relative;
    }

    private static void Check(int actual, int expected)
    {
        if (actual != expected) throw new InvalidDataException($"{actual} values were computed, the reference has {expected}.");
    }
}
