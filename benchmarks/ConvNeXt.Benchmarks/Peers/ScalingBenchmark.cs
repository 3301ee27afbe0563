using System.Globalization;
using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>
/// How cost grows: images a second and the process's peak memory over batch size (at 224 pixels), image size (in batches of 8), threads and variant. Each cell is a process
/// of its own, so that its peak is its own.
/// </summary>
internal static class ScalingBenchmark
{
    private const int UsualSize = 224, UsualBatch = 8;

    public static int Run(Arguments arguments)
    {
        int[] batches = arguments.Integers("batch", "1,2,4,8,16,32,64"), sizes = arguments.Integers("size", "96,128,160,192,224,288,384,512"), threads = arguments.Integers("threads", "1,2");
        double seconds = arguments.Integer("seconds", 1);
        using var check = new PeerCheck("Scoring by batch, image size and threads: images/s (median of the passes) and peak memory of the process in MB");
        (int Batch, int Size)[] cells = [.. batches.Select(batch => (batch, UsualSize)).Concat(sizes.Select(size => (UsualBatch, size))).Distinct()];
        string[] heads = [.. threads.Select(count => $"{count} thread{(count == 1 ? "" : "s")}, images/s | MB")];
        Console.WriteLine($"| variant | pixels | batch | {string.Join(" | ", heads)} |");
        Console.WriteLine($"|---|---|---|{string.Concat(Enumerable.Repeat("---|", 2 * threads.Length))}");
        foreach (string name in (arguments.Text("variant") ?? "atto,nano,tiny,base").Split(','))
        {
            ConvNeXtConfig config = ConvNeXtArchitectures.Get(Enum.Parse<ConvNeXtVariant>(name, ignoreCase: true));
            string weights = check.TemporaryFile("model.safetensors");
            SafetensorsWriter.Write(weights, WeightInitializer.Create(config, seed: 1));
            foreach (var (batch, size) in cells)
            {
                string input = check.TemporaryFile("input.f32");
                File.WriteAllBytes(input, MemoryMarshal.AsBytes(ImageBatch.Random(batch, size, size, seed: 2).Pixels.AsSpan()));
                string[] results = [.. threads.Select(count => Measure(weights, count, batch, size, input, seconds))];
                Console.WriteLine($"| {config.Name} | {size} | {batch} | {string.Join(" | ", results)} |");
            }
        }
        return check.Finish();
    }

    private static string Measure(string weights, int threads, int batch, int size, string input, double seconds)
    {
        string Word(int number) => number.ToString(CultureInfo.InvariantCulture);
        using var process = PeerProcess.Start(
            "this", threads, "dotnet", PeerCheck.Repository, typeof(OwnWorker).Assembly.Location, OwnWorker.Command, OwnWorker.Score, weights, Word(threads), Word(batch), Word(size), input);
        double first = process.Run(1)[0];
        double warm = Repetition.Median(process.Run(Math.Clamp((int)(seconds / first), 1, 1000)));
        double median = Repetition.Median(process.Run(Math.Clamp((int)(seconds / warm), 2, 10000)));
        return string.Create(CultureInfo.InvariantCulture, $"{batch / median:0.0} | {process.PeakBytes / 1e6:0}");
    }
}
