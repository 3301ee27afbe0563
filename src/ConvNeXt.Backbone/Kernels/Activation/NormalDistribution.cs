namespace ConvNeXt.Backbone.Kernels.Activation;

/// <summary>The standard normal distribution in double precision, the reference for <see cref="Gelu"/>.</summary>
internal static class NormalDistribution
{
    private const double SeriesEnd = 3;

    /// <summary>exp(-x^2 / 2) / sqrt(2 pi).</summary>
    public static double Density(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    /// <summary>P(X &lt;= x), to about 1e-15: a series near zero, a continued fraction in the tails.</summary>
    public static double Cumulative(double x)
    {
        if (Math.Abs(x) > SeriesEnd) return x > 0 ? 1 - UpperTail(x) : UpperTail(-x);
        double term = x, sum = x;
        for (int i = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); i++)
        {
            term *= x * x / ((2 * i) + 1);
            sum += term;
        }

        return 0.5 + (Density(x) * sum);
    }

    // Density(x) / (x + 1 / (x + 2 / (x + 3 / ...)))
    private static double UpperTail(double x)
    {
        double fraction = x;
        for (int i = 200; i >= 1; i--) fraction = x + (i / fraction);
        return Density(x) / fraction;
    }
}
