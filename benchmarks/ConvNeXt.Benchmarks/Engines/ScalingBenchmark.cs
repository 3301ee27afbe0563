using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.Benchmarks.Peers;

namespace ConvNeXt.Benchmarks.Engines;

/// <summary>
/// How cost grows: images/s and peak memory by batch size (at 224 pixels), image size (in batches of 8), threads and variant. Each cell is measured in a
/// process of its own, because peak memory is that of a process.
/// </summary>
internal static class ScalingBenchmark
{
    private const int UsualSize = 224, UsualBatch = 8;

    public static int Run(Arguments arguments)
    {
        int[] batches = arguments.Integers("batch", "1,2,4,8,16,32,64"), sizes = arguments.Integers("size", "96,128,160,192,224,288,384,512");
        int[] threads = arguments.Integers("threads", "1,2");
        double seconds = arguments.Integer("seconds", 1);
        using var check = new BenchmarkChecks("Scoring by batch size, image size and threads: images/s (median of the passes) and peak memory of the process in MB");
        (int Batch, int Size)[] cells = [.. batches.Select(batch => (batch, UsualSize)).Concat(sizes.Select(size => (UsualBatch, size))).Distinct()];
        string[] heads = [.. threads.Select(count => $"{count} thread{(count == 1 ? "" : "s")}, images/s | MB")];
        Console.WriteLine($"| variant | pixels | batch | {string.Join(" | ", heads)} |");
        Console.WriteLine($"|---|---|---|{string.Concat(Enumerable.Repeat("---|", 2 * threads.Length))}");
        foreach (ConvNeXtVariant variant in arguments.Variants("atto,nano,tiny,base"))
        {
            ConvNeXtConfig config = ConvNeXtArchitectures.Get(variant);
            string weights = check.TemporaryFile("model.safetensors");
            SafetensorsWriter.Write(weights, WeightInitializer.Create(config, seed: 1));
            foreach (var (batch, size) in cells)
            {
                string input = check.TemporaryFile("input.f32");
                File.WriteAllBytes(input, MemoryMarshal.AsBytes(ImageBatch.Random(batch, size, size, seed: 2).Pixels.AsSpan()));
                var worker = new WorkerArguments(WorkerArguments.Score, weights, Threads: 1, batch, size, input);
                string[] results = [.. threads.Select(count => Measure(worker with { Threads = count }, seconds))];
                Console.WriteLine($"| {config.Name} | {size} | {batch} | {string.Join(" | ", results)} |");
            }
        }
        return check.Finish();
    }

    private static string Measure(WorkerArguments worker, double seconds)
    {
        using var process = PeerProcess.StartWorker("this", worker.Threads, [OwnWorker.Command, .. worker.ToWords()]);
        double first = process.Run(1)[0];
        double warm = Repetition.Median(process.Run(Math.Clamp((int)(seconds / first), 1, 1000)));
        double median = Repetition.Median(process.Run(Math.Clamp((int)(seconds / warm), 2, 10000)));
        return $"{worker.Batch / median:0.0} | {process.PeakBytes / 1e6:0}";
    }
}
