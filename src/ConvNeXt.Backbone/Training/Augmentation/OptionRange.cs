using System.Globalization;

namespace ConvNeXt.Backbone.Training.Augmentation;

/// <summary>Checks of option values; the error names the option, its value and what is possible.</summary>
internal static class OptionRange
{
    /// <exception cref="ArgumentOutOfRangeException">The value is not within the bounds, which belong to it.</exception>
    internal static void Check(double value, double least, double most, string name)
    {
        if (value >= least && value <= most) return; // not for NaN
        string possible = double.IsPositiveInfinity(most) ? $"at least {Text(least)}" : $"from {Text(least)} to {Text(most)}";
        throw new ArgumentOutOfRangeException(name, value, $"{name} has to be {possible}.");
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
