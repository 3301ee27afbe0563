using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Benchmarks;

/// <summary>The layers of a scoring pass, stage by stage: time of a block's parts, times the blocks, and the share of the whole.</summary>
internal static class KernelBenchmark
{
    private const double Seconds = 0.3;

    public static void Run(Arguments arguments) => Run(arguments, arguments.Threads ?? Environment.ProcessorCount);

    public static void Run(Arguments arguments, int threads)
    {
        var config = ConvNeXtArchitectures.Get(arguments.Variant("tiny"));
        int size = arguments.Integer("size", 224), batch = arguments.Integer("batch", 8);
        var results = SimdSupport.Best switch
        {
            SimdWidth.Bits512 => Measure<Lanes512>(config, batch, size, threads),
            SimdWidth.Bits256 => Measure<Lanes256>(config, batch, size, threads),
            _ => Measure<Lanes128>(config, batch, size, threads),
        };
        double total = results.Sum(result => result.Seconds);
        foreach (var (name, seconds, flops) in results)
        {
            string rate = flops > 0 ? $"{flops / seconds / 1e9,6:F0} GFLOP/s" : "";
            Console.WriteLine($"{name,-40} {seconds * 1e3,8:F2} ms {seconds / total,7:P1} {rate}");
        }

        double all = 2.0 * batch * NetworkCost.MultiplyAccumulates(config, size, size);
        string what = $"{config.Name} {size}, batch {batch}, {threads} thread(s)";
        Console.WriteLine($"{what}, sum of parts: {total * 1e3:F2} ms, {batch / total:F1} images/s, {all / total / 1e9:F0} GFLOP/s");
    }

    private static unsafe List<(string Name, double Seconds, double Flops)> Measure<TLanes>(ConvNeXtConfig config, int batch, int size, int threads)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var results = new List<(string, double, double)>();
        var team = new WorkerTeam(threads);
        using var network = new Network<TLanes>(config, forTraining: false);
        var parameters = network.Parameters;
        parameters.Import(WeightInitializer.Create(config, seed: 1));
        network.Fold(team);
        using var workspace = new ScoringWorkspace(team, network.MeasureScoring(team, batch, size, size));
        var images = new float[3 * batch * size * size];
        for (int i = 0; i < images.Length; i++) images[i] = (i * 7919 % 1000 / 500f) - 1;
        var shapes = FeatureShape.OfStages(config, batch, size, size);
        float* stream = workspace.Stream, spare = workspace.Spare;
        fixed (float* pixels = images)
        {
            float* source = pixels;
            var stem = Stem<TLanes>.Create(parameters);
            var kept = new StemActivations { Convolved = stream, Between = spare };
            Add("stem", 1, 0, () => stem.Forward(team, source, size, size, shapes[0], workspace.Patches, kept, stream));
            for (int stage = 0; stage < shapes.Length; stage++)
            {
                var shape = shapes[stage];
                int c = shape.Channels, blocks = config.Depths[stage];
                if (stage > 0)
                {
                    var from = shapes[stage - 1];
                    var downsampling = new Downsampling<TLanes>(parameters, stage);
                    double work = 8.0 * shape.Size * from.Channels;
                    Add($"stage {stage + 1} downsampling", 1, work, () => downsampling.Forward(team, stream, from, shape, spare, workspace.Patches, spare));
                }

                var block = new Block<TLanes>(parameters, ParameterTable.BlockName(config, stage, 0), c);
                string name = ParameterTable.BlockName(config, stage, 0);
                float* kernel = parameters[$"{name}.dwconv.weight"].Value, bias = parameters[$"{name}.dwconv.bias"].Value;
                double convolution = Add(
                    $"stage {stage + 1} depthwise 7x7",
                    blocks,
                    2.0 * DepthwiseConvolution.Taps * shape.Size,
                    () => DepthwiseConvolution.Forward<TLanes>(workspace.Scratch, stream, batch, shape.Height, shape.Width, c, kernel, bias, spare));
                double norm = Add($"stage {stage + 1} norm", blocks, 0, () => LayerNorm.Forward<TLanes>(team, spare, shape.Rows, c, bias, bias, stream));
                double whole = Repetition.MedianSeconds(() => block.Forward(workspace.Scratch, stream, shape, spare, workspace.Hidden), Seconds);
                results.Add(($"stage {stage + 1} products, GELU, residual", blocks * (whole - convolution - norm), blocks * 16.0 * shape.Size * c));
            }

            var last = shapes[^1];
            var head = new Head<TLanes>(parameters);
            var logits = new float[batch * config.ClassCount];
            fixed (float* target = logits)
            {
                float* sink = target;
                Add("head", 1, 0, () => head.Forward(team, stream, last, stream, workspace.Head, sink));
            }
        }

        return results;

        double Add(string name, int times, double flops, Action action)
        {
            double seconds = Repetition.MedianSeconds(action, Seconds);
            results.Add((name, times * seconds, times * flops));
            return seconds;
        }
    }
}
