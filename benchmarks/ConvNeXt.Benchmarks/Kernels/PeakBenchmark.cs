using ConvNeXt.Backbone.Kernels.Lanes;

namespace ConvNeXt.Benchmarks.Kernels;

/// <summary>The peak rate of this machine, how close the matrix products of a network come to it, and where the time of a scoring pass goes.</summary>
internal static class PeakBenchmark
{
    public static int Run(Arguments arguments)
    {
        int[] threads = arguments.Integers("threads", Environment.ProcessorCount > 1 ? $"1,{Environment.ProcessorCount}" : "1");
        foreach (int count in threads)
        {
            PrintFma<Lanes128>("128", count, SimdWidth.Bits128);
            PrintFma<Lanes256>("256", count, SimdWidth.Bits256);
            PrintFma<Lanes512>("512", count, SimdWidth.Bits512);
        }

        foreach (int count in threads)
        {
            Console.WriteLine();
            GemmBenchmark.Run(arguments, count, Best(count));
        }

        foreach (int count in threads)
        {
            Console.WriteLine();
            KernelBenchmark.Run(arguments, count);
        }
        return 0;
    }

    /// <summary>FLOP/s of multiply-adds in registers, at the vector width that engines choose on this machine.</summary>
    public static double Best(int threads) => SimdSupport.Best switch
    {
        SimdWidth.Bits512 => FmaPeak.Measure<Lanes512>(threads),
        SimdWidth.Bits256 => FmaPeak.Measure<Lanes256>(threads),
        _ => FmaPeak.Measure<Lanes128>(threads),
    };

    private static void PrintFma<TLanes>(string bits, int threads, SimdWidth width) where TLanes : unmanaged, ILanes<TLanes>
    {
        if (width > SimdSupport.Best) return;
        Console.WriteLine($"multiply-adds in registers, {threads} thread(s), {bits} bits: {FmaPeak.Measure<TLanes>(threads) / 1e9:F0} GFLOP/s");
    }
}
