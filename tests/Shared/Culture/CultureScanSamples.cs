using System.Globalization;
using System.Text;

namespace ConvNeXt.Tests.Culture;

/// <summary>Wrong and right ways of formatting, for the test of <see cref="CultureScan"/>.</summary>
internal static class CultureScanSamples
{
    internal static string WrongInterpolation(double value) => $"{value} images/s";

    internal static string WrongNullable(float? value) => $"about {value}";

    internal static string WrongInnerInterpolation(double value) => string.Create(CultureInfo.InvariantCulture, $"{value}{(value > 0 ? $", {value:F1}" : "")}");

    internal static string WrongGrouping(long value) => $"{value:N0} bytes";

    internal static string WrongConcatenation(double value) => "loss " + value;

    internal static string WrongJoin(double[] values) => string.Join(' ', values);

    internal static void WrongBuilder(StringBuilder text, double value) => text.Append($"loss {value}");

    internal static string WrongBoxed(double value) => Log("loss {0}", value);

    internal static string RightInterpolation(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:F1}");

    internal static string RightInnerInterpolation(string name, double value) =>
        $"{name}{(value > 0 ? string.Create(CultureInfo.InvariantCulture, $", {value:F1}") : "")}";

    internal static string RightFormattable(double value) => FormattableString.Invariant($"{value:F1}");

    internal static string RightInteger(int value) => $"{value} images, {value:D3}, {value:X8}, {value:x2}, {Guid.Empty:N}";

    private static string Log(string format, params object[] arguments) => string.Format(CultureInfo.InvariantCulture, format, arguments);
}
