using System.Globalization;

namespace ConvNeXt.Backbone;

/// <summary>Checks of option values, the one place for them; each error names the option, its value and what is possible.</summary>
internal static class Check
{
    /// <summary>Checks a condition.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not hold.</exception>
    public static void Holds(bool holds, object? value, string option, string possible)
    {
        if (holds) return;
        string text = value is string given ? $"'{given}'" : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        throw new ArgumentOutOfRangeException(option, value, $"{option} is {text}; it must be {possible}.");
    }

    /// <summary>Checks a lower limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below it.</exception>
    public static void AtLeast(int value, int least, string option) =>
        Holds(value >= least, value, option, $"at least {least.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>Checks a range, both ends included; NaN is in none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside of it.</exception>
    public static void InRange(double value, double least, double most, string option) =>
        Holds(value >= least && value <= most, value, option, double.IsPositiveInfinity(most) ? $"at least {Text(least)}" : $"from {Text(least)} to {Text(most)}");

    /// <summary>Checks that a value is one of an enumeration's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static void Defined<T>(T value, string option) where T : struct, Enum =>
        Holds(Enum.IsDefined(value), value, option, $"one of {string.Join(", ", Enum.GetNames<T>())}");

    /// <summary>Checks the name of a column.</summary>
    /// <exception cref="ArgumentException">It is null, empty or blank.</exception>
    public static void ColumnName(string? name, string option)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new ArgumentException($"{option} is empty; it must name a column.", option);
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
