using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Convolution;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Quantized;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Benchmarks.Kernels;

/// <summary>
/// The layers of a scoring pass, stage by stage, with their shares of the time. Layers are timed within passes through the network, so the caches are in
/// the state that they find there. The parts of a block (depthwise convolution, norm) are timed by themselves; the rest of the block's time is its
/// products.
/// </summary>
internal static class KernelBenchmark
{
    private const double Seconds = 0.3;

    public static int Run(Arguments arguments)
    {
        Run(arguments, arguments.Threads ?? Environment.ProcessorCount);
        return 0;
    }

    /// <summary>Prints the layers' times with the given number of threads.</summary>
    public static void Run(Arguments arguments, int threads)
    {
        var config = ConvNeXtArchitectures.Get(arguments.Variant("tiny"));
        int size = arguments.Integer("size", 224), batch = arguments.Integer("batch", 8);
        bool rounds = arguments.Text("precision") == "int8";
        var results = SimdSupport.Best switch
        {
            SimdWidth.Bits512 => Measure<Lanes512>(config, batch, size, threads, rounds),
            SimdWidth.Bits256 => Measure<Lanes256>(config, batch, size, threads, rounds),
            _ => Measure<Lanes128>(config, batch, size, threads, rounds),
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

    private static unsafe List<(string Name, double Seconds, double Flops)> Measure<TLanes>(
        ConvNeXtConfig config, int batch, int size, int threads, bool rounds)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var team = new WorkerTeam(threads);
        using var network = new Network<TLanes>(config, forTraining: false);
        var parameters = network.Parameters;
        parameters.Import(WeightInitializer.Create(config, seed: 1));
        network.Fold(team);
        if (rounds) network.Quantize(team, DotSupport.Best(SimdSupport.Best), new HashSet<string>());
        using var workspace = new ScoringWorkspace(team, network.MeasureScoring(team, batch, size, size));
        var images = new float[3 * batch * size * size];
        for (int i = 0; i < images.Length; i++) images[i] = (i * 7919 % 1000 / 500f) - 1;
        var shapes = FeatureShape.OfStages(config, batch, size, size);
        var logits = new float[batch * config.ClassCount];
        float* stream = workspace.Stream, spare = workspace.Spare;
        var layers = new List<(string Name, double Flops, Action Run)>();
        fixed (float* pixels = images, target = logits)
        {
            float* source = pixels, sink = target;
            var stem = Stem<TLanes>.Create(parameters);
            var kept = new StemActivations { Convolved = stream, Between = spare };
            layers.Add(("stem", 0, () => stem.Forward(team, source, size, size, shapes[0], workspace.Patches, kept, stream)));
            for (int stage = 0; stage < shapes.Length; stage++)
            {
                var shape = shapes[stage];
                if (stage > 0)
                {
                    var from = shapes[stage - 1];
                    var downsampling = network.DownsamplingOf(stage);
                    layers.Add((
                        $"stage {stage + 1} downsampling",
                        8.0 * shape.Size * from.Channels,
                        () => downsampling.Forward(team, stream, from, shape, spare, workspace.Patches, workspace.Hidden, stream)));
                }

                var blocks = network.BlocksOf(stage);
                layers.Add(($"stage {stage + 1} blocks", blocks.Count * 16.0 * shape.Size * shape.Channels, RunBlocks));

                void RunBlocks()
                {
                    foreach (var block in blocks) block.Forward(workspace.Scratch, stream, shape, spare, workspace.Hidden);
                }
            }

            var head = new Head<TLanes>(parameters);
            layers.Add(("head", 0, () => head.Forward(team, stream, shapes[^1], stream, workspace.Head, sink)));
            var results = TimePasses(layers);
            for (int stage = 0; stage < shapes.Length; stage++)
            {
                var shape = shapes[stage];
                int c = shape.Channels, blocks = config.Depths[stage];
                string name = ParameterTable.BlockName(config, stage, 0);
                float* kernel = parameters[$"{name}.dwconv.weight"].Value, bias = parameters[$"{name}.dwconv.bias"].Value;
                double convolution = blocks * Repetition.MedianSeconds(
                    () => DepthwiseConvolution.Forward<TLanes>(workspace.Scratch, stream, batch, shape.Height, shape.Width, c, kernel, bias, spare), Seconds);
                double norm = blocks * Repetition.MedianSeconds(() => LayerNorm.Forward<TLanes>(team, spare, shape.Rows, c, null, null, stream), Seconds);
                int at = results.FindIndex(result => result.Name == $"stage {stage + 1} blocks");
                var whole = results[at];
                results.RemoveAt(at);
                results.InsertRange(
                    at,
                    [
                        ($"stage {stage + 1} depthwise 7x7", convolution, blocks * 2.0 * DepthwiseConvolution.Taps * shape.Size),
                        ($"stage {stage + 1} norm", norm, 0),
                        ($"stage {stage + 1} products, GELU, residual", whole.Seconds - convolution - norm, whole.Flops),
                    ]);
            }

            return results;
        }
    }

    // The median time of each layer over passes through all layers.
    private static List<(string Name, double Seconds, double Flops)> TimePasses(List<(string Name, double Flops, Action Run)> layers)
    {
        var times = layers.Select(_ => new List<double>()).ToArray();
        var total = System.Diagnostics.Stopwatch.StartNew();
        while (times[0].Count < 5 || total.Elapsed.TotalSeconds < 10 * Seconds)
        {
            for (int i = 0; i < layers.Count; i++)
            {
                double start = Repetition.Now();
                layers[i].Run();
                times[i].Add(Repetition.Now() - start);
            }
        }

        return [.. layers.Select((layer, i) => (layer.Name, Repetition.Median([.. times[i]]), layer.Flops))];
    }
}
