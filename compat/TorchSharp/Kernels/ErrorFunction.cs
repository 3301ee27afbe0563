namespace TorchSharp.Kernels;

/// <summary>
/// The error function to double precision: near zero by the series erf(x) = 2/√π e^(-x²) Σ 2ⁿ x^(2n+1) / (1·3·5···(2n+1)), whose terms are all of one sign,
/// in the tails by the continued fraction of erfc.
/// </summary>
internal static class ErrorFunction
{
    private const double SeriesEnd = 2.5;

    /// <summary>Fractions of erfc that suffice beyond the series.</summary>
    private const int Fractions = 60;

    /// <summary>The standard normal distribution function, (1 + erf(x/√2)) / 2.</summary>
    public static double Normal(double x)
    {
        double scaled = Math.Abs(x) / Math.Sqrt(2);
        if (double.IsNaN(x)) return x;
        if (scaled <= SeriesEnd) return 0.5 * (1 + (Math.Sign(x) * Series(scaled)));
        double tail = 0.5 * Tail(scaled);
        return x < 0 ? tail : 1 - tail;
    }

    private static double Series(double x)
    {
        double term = x, sum = x;
        for (int n = 1; term > sum * 1e-17; n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    /// <summary>erfc(x) = e^(-x²)/√π · 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...)))).</summary>
    private static double Tail(double x)
    {
        double fraction = x;
        for (int n = Fractions; n >= 1; n--) fraction = x + (0.5 * n / fraction);
        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * fraction);
    }
}
