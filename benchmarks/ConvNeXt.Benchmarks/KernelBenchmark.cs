using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels;

namespace ConvNeXt.Benchmarks;

/// <summary>The kernels of the blocks of a scoring pass, stage by stage: time of one block's kernel, times the blocks, and the share of the whole.</summary>
internal static class KernelBenchmark
{
    public static void Run(Arguments arguments)
    {
        var config = ConvNeXtArchitectures.Get(arguments.Variant("tiny"));
        int size = arguments.Integer("size", 224), batch = arguments.Integer("batch", 8);
        var results = SimdSupport.Best switch
        {
            SimdWidth.Bits512 => Measure<Lanes512>(config, batch, size, arguments.Threads),
            SimdWidth.Bits256 => Measure<Lanes256>(config, batch, size, arguments.Threads),
            _ => Measure<Lanes128>(config, batch, size, arguments.Threads),
        };
        double total = results.Sum(result => result.Seconds);
        foreach (var (name, seconds, flops) in results)
            Console.WriteLine($"{name,-30} {seconds * 1e3,8:F2} ms {seconds / total,7:P1} {flops / seconds / 1e9,6:F0} GFLOP/s");
        Console.WriteLine($"{"blocks of the pass",-30} {total * 1e3,8:F2} ms, {batch / total:F1} images/s");
    }

    private static unsafe List<(string Name, double Seconds, double Flops)> Measure<TLanes>(ConvNeXtConfig config, int batch, int size, int? threads)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var results = new List<(string, double, double)>();
        var team = new WorkerTeam(threads);
        var shapes = FeatureShape.OfStages(config, batch, size, size);
        for (int stage = 0; stage < shapes.Length; stage++)
        {
            var shape = shapes[stage];
            int c = shape.Channels, blocks = config.Depths[stage];
            var plan = new ArenaPlan();
            long x = plan.Add(shape.Size), d = plan.Add(shape.Size), kernel = plan.Add(49L * c), vector = plan.Add(4L * c);
            long w1 = plan.Add(Panels.Size<TLanes>(4 * c, c)), w2 = plan.Add(Panels.Size<TLanes>(c, 4 * c));
            long hidden = plan.Add(FusedMlp.HiddenFloats(team, shape.Rows, c)), scratchFloats = FusedMlp.ScratchFloats(c), scratch = plan.Add(scratchFloats * team.ThreadCount);
            using var arena = new NativeArena(plan);
            var random = new Random(1);
            for (long i = 0; i < plan.Floats; i++) arena.At(0)[i] = random.NextSingle() - 0.5f;
            var workers = new Scratch(team, arena.At(scratch), scratchFloats);
            var operands = new MlpOperands<TLanes>
            {
                Channels = c,
                NormWeight = arena.At(vector),
                NormBias = arena.At(vector),
                Weight1 = arena.At(w1),
                Bias1 = arena.At(vector),
                Weight2 = arena.At(w2),
                Residual = new ResidualEpilogue<TLanes>
                {
                    Bias = arena.At(vector),
                    Gamma = arena.At(vector),
                    RowsPerImage = shape.Pixels,
                    Input = arena.At(d),
                    Output = arena.At(x),
                    Stride = c,
                },
            };
            double convolution = Repetition.MedianSeconds(
                () => DepthwiseConvolution.Forward<TLanes>(team, arena.At(x), batch, shape.Height, shape.Width, c, arena.At(kernel), arena.At(vector), arena.At(d)), 0.5);
            double norm = Repetition.MedianSeconds(() => LayerNorm.Forward<TLanes>(team, arena.At(d), shape.Rows, c, arena.At(vector), arena.At(vector), arena.At(x)), 0.5);
            double mlp = Repetition.MedianSeconds(() => FusedMlp.Forward(workers, in operands, arena.At(d), shape.Rows, arena.At(hidden)), 0.5);
            results.Add(($"stage {stage + 1} depthwise 7x7", blocks * convolution, blocks * 2.0 * 49 * shape.Size));
            results.Add(($"stage {stage + 1} norm and MLP", blocks * mlp, blocks * 16.0 * shape.Size * c));
            Console.WriteLine($"stage {stage + 1}: norm alone {blocks * norm * 1e3:F2} ms");
        }

        return results;
    }
}
