using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Benchmarks.Kernels;

/// <summary>The matrix products of a network's blocks by themselves; their rows are the pixels of a batch.</summary>
internal static class GemmBenchmark
{
    public static int Run(Arguments arguments)
    {
        foreach (int threads in arguments.Integers("threads", "1,2")) Run(arguments, threads, PeakBenchmark.Best(threads));
        return 0;
    }

    /// <summary>Prints the rate of each product and its share of the peak rate.</summary>
    /// <param name="arguments">Variant, size and batch.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <param name="peak">FLOP/s of multiply-adds in registers, <see cref="PeakBenchmark.Best"/>.</param>
    public static void Run(Arguments arguments, int threads, double peak)
    {
        var config = ConvNeXtArchitectures.Get(arguments.Variant("tiny"));
        int size = arguments.Integer("size", 224), batch = arguments.Integer("batch", 8);
        var shapes = FeatureShape.OfStages(config, batch, size, size);
        for (int stage = 0; stage < shapes.Length; stage++)
        {
            int rows = shapes[stage].Rows, channels = shapes[stage].Channels;
            Measure($"stage {stage + 1} expand ", threads, rows, channels, FusedMlp.Expansion * channels, peak);
            Measure($"stage {stage + 1} project", threads, rows, FusedMlp.Expansion * channels, channels, peak);
        }
    }

    private static void Measure(string name, int threads, int rows, int depth, int outputs, double peak)
    {
        int chain = GemmTile.LongChainSteps;
        double seconds = SimdSupport.Best switch
        {
            SimdWidth.Bits512 => Seconds<Lanes512>(threads, rows, depth, outputs, chain),
            SimdWidth.Bits256 => Seconds<Lanes256>(threads, rows, depth, outputs, chain),
            _ => Seconds<Lanes128>(threads, rows, depth, outputs, chain),
        };
        double rate = 2.0 * rows * depth * outputs / seconds;
        string shape = $"[{rows}, {depth}] x [{depth}, {outputs}]";
        Console.WriteLine($"product, {threads} thread(s), {name} {shape,-30} {rate / 1e9,4:F0} GFLOP/s, {rate / peak:P0} of multiply-adds in registers");
    }

    private static unsafe double Seconds<TLanes>(int threads, int rows, int depth, int outputs, int chainSteps) where TLanes : unmanaged, ILanes<TLanes>
    {
        var plan = new ArenaPlan();
        long a = plan.Add((long)rows * depth), panels = plan.Add(Panels.Size<TLanes>(outputs, depth)), y = plan.Add((long)rows * outputs);
        using var arena = new NativeArena(plan);
        var team = new WorkerTeam(threads);
        return Repetition.MedianSeconds(
            () =>
            {
                var epilogue = new BiasEpilogue<TLanes> { Output = arena.At(y), Stride = outputs };
                MatrixProduct.Run<TLanes, BiasEpilogue<TLanes>>(team, arena.At(a), depth, rows, arena.At(panels), depth, outputs, epilogue, chainSteps);
            },
            0.5);
    }
}
