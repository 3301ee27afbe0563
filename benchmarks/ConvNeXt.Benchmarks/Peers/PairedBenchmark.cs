using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>
/// Whole networks in this project's engine, ONNX Runtime and libtorch, with the same weights, images and number of threads. Each runs in a process of its
/// own; the processes take turns in blocks of a few seconds (A B C A B C ...), so a machine that slows down slows all of them. The ratio is computed block
/// by block, and its median is reported.
/// </summary>
internal sealed class PairedBenchmark
{
    private const string Onnx = "onnx", OnnxInt8 = "onnx-int8", LibTorch = "libtorch", Int8 = "int8";
    private const string Int8Name = "this, int8", OnnxInt8Name = "ONNX Runtime, int8";

    /// <summary>Largest difference of logits with 8-bit products; random weights are harder to round than trained ones.</summary>
    private const double Int8Tolerance = 0.15;

    private const int TrialPasses = 3;
    private const double Megabyte = 1e6;

    private readonly int _threads, _rounds, _blockSeconds;
    private readonly string[] _peers;

    private PairedBenchmark(Arguments arguments)
    {
        (_threads, _rounds, _blockSeconds) = (arguments.Threads ?? 2, arguments.Integer("rounds", 5), arguments.Integer("seconds", 3));
        _peers = arguments.Texts("peers", $"{Onnx},{LibTorch}");
        if (_peers.Except([Onnx, OnnxInt8, LibTorch, Int8]).FirstOrDefault() is { } unknown)
            throw new BenchmarkException($"--peers {unknown}: the peers are {Onnx}, {OnnxInt8}, {LibTorch} and {Int8}.");
    }

    /// <summary>Runs the cases.</summary>
    /// <returns>The exit code: 1 if logits disagree.</returns>
    public static int Run(Arguments arguments)
    {
        var benchmark = new PairedBenchmark(arguments);
        PairedCase[] cases = PairedCase.Select(arguments.Text("only"));
        using var check = new BenchmarkChecks(
            $"Paired comparison, {benchmark._threads} thread(s) each, {benchmark._rounds} rounds of blocks of {benchmark._blockSeconds} s: "
            + $"medians over the blocks, {(Repetition.UsesProcessorTime ? "processor time" : "elapsed time")}; logits may differ by {BenchmarkChecks.Limit}");
        foreach (PairedCase each in cases) benchmark.Compare(check, each);
        return check.Finish();
    }

    private void Compare(BenchmarkChecks check, PairedCase each)
    {
        ConvNeXtConfig config = ConvNeXtArchitectures.Get(each.Variant);
        string model = check.TemporaryFile("model.onnx"), rounded = check.TemporaryFile("model-int8.onnx"), weightsFile = check.TemporaryFile("model.safetensors"), input = check.TemporaryFile("input.f32");
        WriteFiles(config, each, model, rounded, weightsFile, input);
        var worker = new WorkerArguments(each.Trains ? WorkerArguments.Train : WorkerArguments.Score, weightsFile, _threads, each.Batch, each.Size, input);

        var sides = new List<PeerProcess>();
        try
        {
            sides.Add(Start("this", OwnWorker.Command, (each.Checkpoints ? worker with { Mode = WorkerArguments.TrainCheckpointing } : worker).ToWords()));
            if (_peers.Contains(Int8) && !each.Trains)
                sides.Add(Start(Int8Name, OwnWorker.Command, (worker with { Mode = WorkerArguments.ScoreInt8 }).ToWords()));
            if (_peers.Contains(Onnx) && !each.Trains) sides.Add(Start("ONNX Runtime", OnnxWorker.Command, (worker with { Network = model }).ToWords()));
            if (_peers.Contains(OnnxInt8) && !each.Trains) sides.Add(Start(OnnxInt8Name, OnnxWorker.Command, (worker with { Network = rounded }).ToWords()));
            if (_peers.Contains(LibTorch)) sides.Add(StartLibTorch(worker));
            Console.WriteLine($"{each.Title} ({each.Name}): {string.Join(" | ", sides.Select(side => side.Version))}");

            float[] ours = sides[0].Logits(check.TemporaryFile("logits.f32"));
            foreach (PeerProcess side in sides.Skip(1))
            {
                float[] theirs = side.Logits(check.TemporaryFile("logits.f32"));
                if (side.Name is Int8Name or OnnxInt8Name) check.Report($"logits of {side.Name}", theirs, ours, Int8Tolerance);
                else check.Report($"logits of {side.Name}", ours, theirs);
            }

            Print(each, sides, TakeTurns(sides));
        }
        finally
        {
            foreach (PeerProcess side in sides) side.Dispose();
        }
    }

    private PeerProcess Start(string name, string command, string[] arguments) => PeerProcess.StartWorker(name, _threads, [command, .. arguments]);

    // Which memory layout is faster depends on the network, the batch and the processor, so both are tried, each in a process of its own: what a trial
    // leaves behind would count in the peak memory.
    private PeerProcess StartLibTorch(WorkerArguments worker)
    {
        (string Layout, double Seconds)[] trials = [.. new[] { TorchWorker.ChannelsFirst, TorchWorker.ChannelsLast }.Select(layout =>
        {
            using PeerProcess trial = StartLayout(layout);
            trial.Run(1);
            return (layout, trial.Run(TrialPasses).Min());
        })];
        return StartLayout(trials.MinBy(trial => trial.Seconds).Layout);

        PeerProcess StartLayout(string layout) => Start(LibTorch, TorchWorker.Command, [layout, .. worker.ToWords()]);
    }

    private void WriteFiles(ConvNeXtConfig config, PairedCase each, string model, string rounded, string weightsFile, string input)
    {
        WeightSet weights = VisibleWeights.Create(config, seed: 1);
        if (!each.Trains && _peers.Contains(Onnx)) OnnxRuntime.Export(model, config, weights);
        if (!each.Trains && _peers.Contains(OnnxInt8)) OnnxRuntime.Export(rounded, config, weights, int8: true);
        SafetensorsWriter.Write(weightsFile, weights);
        float[] pixels = ImageBatch.Random(each.Batch, each.Size, each.Size, seed: 2).ToChannelsFirst();
        File.WriteAllBytes(input, MemoryMarshal.AsBytes(pixels.AsSpan()));
    }

    /// <summary>Median seconds of a pass, by side and round.</summary>
    private double[][] TakeTurns(List<PeerProcess> sides)
    {
        int[] passes = [.. sides.Select(PassesOfBlock)];
        double[][] medians = [.. sides.Select(_ => new double[_rounds])];
        for (int round = 0; round < _rounds; round++)
            for (int side = 0; side < sides.Count; side++) medians[side][round] = Repetition.Median(sides[side].Run(passes[side]));
        return medians;
    }

    // Also the warm-up: .NET compiles code again, in the background, after it has run for a while.
    private int PassesOfBlock(PeerProcess side)
    {
        double first = side.Run(2)[1];
        double warm = Repetition.Median(side.Run(Math.Max(3, (int)(_blockSeconds / first / 2))));
        return Math.Max(3, (int)Math.Round(_blockSeconds / warm));
    }

    private static void Print(PairedCase each, List<PeerProcess> sides, double[][] seconds)
    {
        int rounded = sides.FindIndex(side => side.Name == Int8Name);
        for (int side = 0; side < sides.Count; side++)
        {
            double median = Repetition.Median(seconds[side]);
            string line = $"  {sides[side].Name,-18} {each.Batch / median,8:0.0} images/s {median * 1e3,9:0.0} ms a pass, "
                + $"peak {sides[side].PeakBytes / Megabyte,6:0} MB";
            if (side > 0)
            {
                double memory = (double)sides[0].PeakBytes / sides[side].PeakBytes;
                line += $"; this is {Ratio(seconds[side], seconds[0])} x as fast with {memory:0.00} of the memory";
            }
            if (rounded >= 0 && side != rounded) line += $"; int8 is {Ratio(seconds[side], seconds[rounded])} x as fast";
            Console.WriteLine(line);
        }
    }

    // Median, smallest and largest ratio of the rounds.
    private static string Ratio(double[] theirs, double[] ours)
    {
        double[] ratios = [.. theirs.Zip(ours, (their, our) => their / our).Order()];
        return $"{Repetition.Median(ratios):0.00} ({ratios[0]:0.00} to {ratios[^1]:0.00})";
    }
}
