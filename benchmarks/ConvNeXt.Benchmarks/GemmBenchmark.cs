using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels;

namespace ConvNeXt.Benchmarks;

/// <summary>The linear layers of ConvNeXt-T at 224, alone: rows = pixels of eight images.</summary>
internal static class GemmBenchmark
{
    private const int Images = 8;

    public static void Run(Arguments arguments)
    {
        var config = ConvNeXtArchitectures.Get(arguments.Variant("tiny"));
        foreach (int threads in arguments.Integers("threads", "1,2"))
        {
            var shape = FeatureShape.AfterStem(config, Images, 224, 224);
            for (int stage = 0; stage < config.Widths.Length; stage++)
            {
                if (stage > 0) shape = shape.AfterDownsampling(config.Widths[stage]);
                Measure($"stage {stage + 1} expand ", threads, shape.Rows, shape.Channels, 4 * shape.Channels);
                Measure($"stage {stage + 1} project", threads, shape.Rows, 4 * shape.Channels, shape.Channels);
            }
        }
    }

    private static void Measure(string name, int threads, int rows, int depth, int outputs)
    {
        double seconds = SimdSupport.Best switch
        {
            SimdWidth.Bits512 => Seconds<Lanes512>(threads, rows, depth, outputs),
            SimdWidth.Bits256 => Seconds<Lanes256>(threads, rows, depth, outputs),
            _ => Seconds<Lanes128>(threads, rows, depth, outputs),
        };
        Console.WriteLine($"{threads} thread(s), {name}: [{rows}, {depth}] x [{depth}, {outputs}]  {2.0 * rows * depth * outputs / seconds / 1e9:F0} GFLOP/s");
    }

    private static unsafe double Seconds<TLanes>(int threads, int rows, int depth, int outputs) where TLanes : unmanaged, ILanes<TLanes>
    {
        var plan = new ArenaPlan();
        long a = plan.Add((long)rows * depth), panels = plan.Add(Panels.Size<TLanes>(outputs, depth)), y = plan.Add((long)rows * outputs);
        using var arena = new NativeArena(plan);
        var team = new WorkerTeam(threads);
        return Repetition.MedianSeconds(
            () => MatrixProduct.Run<TLanes, BiasEpilogue<TLanes>>(
                team, arena.At(a), depth, rows, arena.At(panels), depth, outputs, new BiasEpilogue<TLanes> { Output = arena.At(y), Stride = outputs }),
            0.5);
    }
}
