using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.Benchmarks.Peers;

namespace ConvNeXt.Benchmarks.Gpu;

/// <summary>
/// The TorchSharp engine on a GPU, and Python's PyTorch, eager and compiled, with the same weights, images and precision. A pass takes images from host
/// memory and brings the logits back, on every side. The sides take turns in blocks.
/// </summary>
internal sealed class GpuBenchmark(GpuSettings settings)
{
    /// <summary>The options, for the help text.</summary>
    public const string Usage = "[--device 0] [--variants tiny,base] [--sizes 224,384] [--precisions fp32,tf32,bf16] [--batches 1,16,64,256]\n"
        + "    [--modes score,train] [--rounds 3] [--seconds 3] [--memory-passes 0] [--peers eager,compile]\n"
        + "    [--python FILE] [--table FILE]";

    private const string Requirements = "This comparison needs an NVIDIA GPU and its driver, a libtorch with CUDA for TorchSharp in place of the one for a CPU "
        + "(build with -p:TorchSharpNative=none and the package TorchSharp-cuda-linux or TorchSharp-cuda-windows), and Python with PyTorch 2 and CUDA "
        + "(--python FILE).";

    /// <summary>Runs all combinations.</summary>
    /// <returns>The exit code: 1 if logits disagree.</returns>
    public static int Run(Arguments arguments) => new GpuBenchmark(GpuSettings.Of(arguments)).Run();

    private int Run()
    {
        if (settings.Device != "cpu" && new TorchEngineProvider().WhyUnavailable(GpuWorker.Options(settings.Device, "fp32")) is { } reason)
            throw new BenchmarkException($"{Requirements} {reason}");
        using var check = new BenchmarkChecks(
            $"TorchSharp engine and PyTorch on device {settings.Device}, {settings.Rounds} rounds of blocks of {settings.BlockSeconds} s in turns");
        foreach (string name in settings.Variants)
        {
            ConvNeXtConfig config = ConvNeXtArchitectures.Get(Enum.Parse<ConvNeXtVariant>(name, ignoreCase: true));
            string weights = check.TemporaryFile($"{name}.safetensors");
            SafetensorsWriter.Write(weights, VisibleWeights.Create(config, seed: 1));
            foreach (int size in settings.Sizes)
                foreach (int batch in settings.Batches) Compare(check, config, weights, size, batch);
        }

        return check.Finish();
    }

    private static double ToleranceOf(string precision) => precision switch
    {
        "fp32" => 1e-3,
        "tf32" => 1e-2,
        _ => 0.1,
    };

    private void Compare(BenchmarkChecks check, ConvNeXtConfig config, string weights, int size, int batch)
    {
        string input = check.TemporaryFile("input.f32");
        File.WriteAllBytes(input, MemoryMarshal.AsBytes(ImageBatch.Random(batch, size, size, seed: 2).ToChannelsFirst().AsSpan()));
        foreach (string mode in settings.Modes)
            foreach (string precision in settings.Precisions)
            {
                string title = $"{mode} {config.Name} {size}, batch {batch}, {precision}";
                Console.WriteLine(title);
                Compare(check, title, precision, [mode, weights, settings.Device, $"{batch}", $"{size}", input, precision], batch);
            }
    }

    private void Compare(BenchmarkChecks check, string title, string precision, string[] workerArguments, int batch)
    {
        var sides = new List<PeerProcess>();
        try
        {
            sides.Add(PeerProcess.StartWorker("this", Environment.ProcessorCount, [GpuWorker.Command, .. workerArguments]));
            foreach (string backend in settings.Peers)
            {
                string[] arguments = ["gpu_worker.py", .. workerArguments, backend];
                sides.Add(PeerProcess.Start(backend, Environment.ProcessorCount, settings.Python, BenchmarkChecks.PeerFolder("pytorch"), arguments));
            }
            Console.WriteLine($"  {string.Join(" | ", sides.Select(side => side.Version))}");
            sides.RemoveAll(side => side.Version.EndsWith("absent", StringComparison.Ordinal));

            float[] ours = sides[0].Logits(check.TemporaryFile("logits.f32"));
            foreach (PeerProcess side in sides.Skip(1))
                check.Report($"  logits of {side.Name}", ours, side.Logits(check.TemporaryFile("logits.f32")), ToleranceOf(precision));
            double[] rates = Time(sides, batch);
            string memory = settings.MemoryPasses > 0 ? WatchMemory(sides[0]) : "";
            if (settings.Table is { } table) File.AppendAllText(table, Row(title, sides, rates, memory));
        }
        finally
        {
            foreach (PeerProcess side in sides) side.Dispose();
        }
    }

    private double[] Time(List<PeerProcess> sides, int batch)
    {
        var seconds = sides.Select(_ => new List<double>()).ToList();
        int[] passes = [.. sides.Select(side => Math.Max(3, (int)(settings.BlockSeconds / side.Run(5)[^1])))];
        for (int round = 0; round < settings.Rounds; round++)
            for (int side = 0; side < sides.Count; side++) seconds[side].Add(Repetition.Median(sides[side].Run(passes[side])));
        for (int side = 0; side < sides.Count; side++)
        {
            double median = Repetition.Median(seconds[side]), ratio = Repetition.Median(seconds[side].Zip(seconds[0], (theirs, ours) => theirs / ours));
            string line = $"  {sides[side].Name,-8} {batch / median,9:0.0} images/s, {median * 1e3,8:0.00} ms a pass";
            if (side > 0) line += $"; this is {ratio:0.00} x as fast";
            Console.WriteLine(line);
        }

        return [.. seconds.Select(each => batch / Repetition.Median(each))];
    }

    private static string Row(string title, List<PeerProcess> sides, double[] rates, string memory)
    {
        string[] cells = [.. new[] { "this", "eager", "compile" }.Select(name => sides.FindIndex(side => side.Name == name)).Select(side => side < 0 ? "" : $"{rates[side]:0.0}")];
        return $"| {title.Replace(", ", " | ")} | {string.Join(" | ", cells)} | {memory} |\n";
    }

    private string WatchMemory(PeerProcess side)
    {
        int before = DeviceMegabytes(side.Id);
        side.Run(settings.MemoryPasses);
        string memory = $"{before} MiB, after {settings.MemoryPasses} passes {DeviceMegabytes(side.Id)} MiB";
        Console.WriteLine($"  device memory {memory}");
        return memory;
    }

    private static int DeviceMegabytes(int process)
    {
        string output = BenchmarkChecks.Run("nvidia-smi", BenchmarkChecks.Repository, "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits");
        return output.Split('\n').Select(line => line.Split(','))
            .Where(words => words[0].Trim() == process.ToString())
            .Sum(words => int.Parse(words[1]));
    }
}
