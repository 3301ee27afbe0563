using System.Globalization;
using ConvNeXt.Backbone.Architecture;
using static System.FormattableString;

namespace ConvNeXt.Benchmarks.Distributed;

/// <summary>
/// Predicts the speed of several machines from the measured computing time of an image. A step takes the longer of computing and exchange, where the exchange
/// may begin with backward, which is two thirds of computing; what is left over follows it. An exchange of n machines takes 2 (n - 1) / n times the gradients
/// over the rate of the network, at a given share of it, and 2 (n - 1) latencies for each piece.
/// </summary>
internal static class ScalingModel
{
    public const string Usage = "--atto MS --tiny MS --base MS [--batch 32] [--efficiency 0.9] [--latency-us 50]";

    private static readonly int[] _nodes = [2, 4, 8, 16, 32, 64];

    private const double BackwardShare = 2.0 / 3, PieceBytes = 4 << 20;

    private static readonly (string Option, ConvNeXtVariant Variant)[] _networks =
        [("atto", ConvNeXtVariant.Atto), ("tiny", ConvNeXtVariant.Tiny), ("base", ConvNeXtVariant.Base)];

    public static int Run(Arguments arguments)
    {
        int batch = arguments.Integer("batch", 32);
        double efficiency = Number(arguments, "efficiency", 0.9), latency = Number(arguments, "latency-us", 50) * 1e-6;
        Console.WriteLine("| network | Gbit/s | gradients, MB | 2 | 4 | 8 | 16 | 32 | 64 |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var (option, variant) in _networks)
        {
            double perImage = Number(arguments, option) * 1e-3, bytes = NetworkCost.Parameters(ConvNeXtArchitectures.Get(variant)) * 4.0;
            foreach (double rate in new[] { 1.0, 10, 100 })
            {
                var speedups = _nodes.Select(nodes => Speedup(nodes, perImage * batch, bytes, rate * 1e9 / 8 * efficiency, latency));
                Console.WriteLine(Invariant($"| {option} | {rate:0} | {bytes / 1e6:0} | {string.Join(" | ", speedups.Select(times => Invariant($"{times:0.0}")))} |"));
            }
        }

        return 0;
    }

    private static double Number(Arguments arguments, string name, double? fallback = null)
    {
        if (arguments.Text(name) is not { } text)
            return fallback ?? throw new BenchmarkException($"ranks-model takes --{name} MS, the measured milliseconds of a training step for one image.");
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number > 0) return number;
        throw new BenchmarkException($"--{name} is '{text}'; it must be a number above 0.");
    }

    /// <summary>How many times faster n machines are than one, each with a batch of its own.</summary>
    internal static double Speedup(int nodes, double compute, double bytes, double bytesPerSecond, double latency)
    {
        double exchange = (2.0 * (nodes - 1) / nodes * bytes / bytesPerSecond) + (Math.Ceiling(bytes / PieceBytes) * 2 * (nodes - 1) * latency);
        double step = compute + Math.Max(0, exchange - (BackwardShare * compute)) + Math.Min(exchange, PieceBytes / bytesPerSecond);
        return nodes * compute / step;
    }
}
