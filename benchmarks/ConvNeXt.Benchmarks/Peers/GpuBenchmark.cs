using System.Globalization;
using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>What the comparison on a GPU covers.</summary>
internal sealed record GpuSettings
{
    /// <summary>Number of the GPU; cpu tries the scripts out without one.</summary>
    public required string Device { get; init; }

    public required string[] Variants { get; init; }

    public required int[] Sizes { get; init; }

    public required string[] Precisions { get; init; }

    public required int[] Batches { get; init; }

    public required string[] Modes { get; init; }

    public required int BlockSeconds { get; init; }

    public required int Rounds { get; init; }

    /// <summary>Passes of this side after which its device memory is read again; 0 for none.</summary>
    public required int MemoryPasses { get; init; }

    public required string Python { get; init; }
}

/// <summary>
/// The TorchSharp engine on a GPU beside PyTorch, eager and compiled: same weights, images and precision. A pass takes images from the processor's memory and
/// brings logits back, on every side. The sides take turns in blocks.
/// </summary>
internal sealed class GpuBenchmark(GpuSettings settings)
{
    private const string Needs = "This comparison needs an NVIDIA GPU with its driver, a build with the official TorchSharp and a libtorch with CUDA "
        + "(./build.sh bench gpu --torchsharp official), and Python with PyTorch 2 and CUDA (--python FILE).";

    /// <summary>Runs all combinations.</summary>
    /// <returns>The exit code: 1 where logits disagree.</returns>
    public int Run()
    {
        if (settings.Device != "cpu" && new TorchEngineProvider().WhyUnavailable(GpuWorker.Options(settings.Device, "fp32")) is { } reason) throw new PeerException($"{Needs} {reason}");
        using var check = new PeerCheck($"TorchSharp engine and PyTorch on device {settings.Device}, {settings.Rounds} rounds of blocks of {settings.BlockSeconds} s in turns");
        foreach (string word in settings.Variants)
        {
            ConvNeXtConfig config = ConvNeXtArchitectures.Get(Enum.Parse<ConvNeXtVariant>(word, ignoreCase: true));
            string weights = check.TemporaryFile($"{word}.safetensors");
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

    private void Compare(PeerCheck check, ConvNeXtConfig config, string weights, int size, int batch)
    {
        string input = check.TemporaryFile("input.f32");
        File.WriteAllBytes(input, MemoryMarshal.AsBytes(ImageBatch.Random(batch, size, size, seed: 2).ToChannelsFirst().AsSpan()));
        foreach (string mode in settings.Modes)
            foreach (string precision in settings.Precisions) Compare(check, $"{mode} {config.Name} {size}, batch {batch}, {precision}", precision, [mode, weights, settings.Device, $"{batch}", $"{size}", input, precision], batch);
    }

    private void Compare(PeerCheck check, string title, string precision, string[] tail, int batch)
    {
        var sides = new List<PeerProcess>();
        try
        {
            sides.Add(PeerProcess.Start("this", Environment.ProcessorCount, "dotnet", PeerCheck.Repository, [typeof(GpuWorker).Assembly.Location, GpuWorker.Command, .. tail]));
            foreach (string backend in new[] { "eager", "compile" })
                sides.Add(PeerProcess.Start(backend, Environment.ProcessorCount, settings.Python, PeerCheck.PeerFolder("pytorch"), ["gpu_worker.py", .. tail, backend]));
            Console.WriteLine($"{title}: {string.Join(" | ", sides.Select(side => side.Version))}");
            sides.RemoveAll(side => side.Version.EndsWith("absent", StringComparison.Ordinal));

            float[] ours = sides[0].Logits(check.TemporaryFile("logits.f32"));
            foreach (PeerProcess side in sides.Skip(1)) check.Report($"  logits of {side.Name}", ours, side.Logits(check.TemporaryFile("logits.f32")), ToleranceOf(precision));
            Time(sides, batch);
            if (settings.MemoryPasses > 0) WatchMemory(sides[0]);
        }
        finally
        {
            foreach (PeerProcess side in sides) side.Dispose();
        }
    }

    private void Time(List<PeerProcess> sides, int batch)
    {
        var seconds = sides.Select(_ => new List<double>()).ToList();
        int[] passes = [.. sides.Select(side => Math.Max(3, (int)(settings.BlockSeconds / side.Run(5)[^1])))];
        for (int round = 0; round < settings.Rounds; round++)
            for (int side = 0; side < sides.Count; side++) seconds[side].Add(Repetition.Median(sides[side].Run(passes[side])));
        for (int side = 0; side < sides.Count; side++)
        {
            double median = Repetition.Median(seconds[side]), ratio = Repetition.Median(seconds[side].Zip(seconds[0], (theirs, ours) => theirs / ours));
            string line = string.Create(CultureInfo.InvariantCulture, $"  {sides[side].Name,-8} {batch / median,9:0.0} images/s, {median * 1e3,8:0.00} ms a pass");
            if (side > 0) line += string.Create(CultureInfo.InvariantCulture, $"; this is {ratio:0.00} x as fast");
            Console.WriteLine(line);
        }
    }

    private void WatchMemory(PeerProcess side)
    {
        int before = DeviceMegabytes(side.Id);
        side.Run(settings.MemoryPasses);
        Console.WriteLine($"  device memory {before} MiB, after {settings.MemoryPasses} passes {DeviceMegabytes(side.Id)} MiB");
    }

    private static int DeviceMegabytes(int process)
    {
        string answer = PeerCheck.Run("nvidia-smi", PeerCheck.Repository, "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits");
        return answer.Split('\n').Select(line => line.Split(',')).Where(words => words[0].Trim() == process.ToString(CultureInfo.InvariantCulture)).Sum(words => int.Parse(words[1], CultureInfo.InvariantCulture));
    }
}
