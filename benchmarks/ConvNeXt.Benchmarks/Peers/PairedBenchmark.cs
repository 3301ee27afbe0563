using System.Globalization;
using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>
/// Whole networks, this project's engine beside ONNX Runtime and PyTorch: the same weights, images and number of threads. The sides take turns in blocks of a few
/// seconds (A B C A B C ...), so that a machine that slows down slows all of them; the ratio is taken block by block, and its median is what counts.
/// </summary>
internal sealed class PairedBenchmark(int threads, int rounds, double blockSeconds, IReadOnlyCollection<string> peers, string python)
{
    public const string Onnx = "onnx", PyTorch = "pytorch";

    private const double Megabyte = 1e6;

    /// <summary>Runs the cases.</summary>
    /// <returns>The exit code: 1 where logits disagree.</returns>
    public int Run(PairedCase[] cases)
    {
        using var check = new PeerCheck(string.Create(CultureInfo.InvariantCulture,
            $"Paired comparison, {threads} threads each, {rounds} rounds of blocks of {blockSeconds} s: medians of blocks and of their ratios; logits {PeerCheck.Limit} apart"));
        foreach (PairedCase each in cases) Compare(check, each);
        return check.Finish();
    }

    private void Compare(PeerCheck check, PairedCase each)
    {
        ConvNeXtConfig config = ConvNeXtArchitectures.Get(each.Variant);
        string model = check.TemporaryFile("model.onnx"), weightsFile = check.TemporaryFile("model.safetensors"), input = check.TemporaryFile("input.f32");
        WriteFiles(config, each, model, weightsFile, input);
        string mode = each.Trains ? OwnWorker.Train : OwnWorker.Score;
        string ownMode = each.Checkpoints ? OwnWorker.TrainCheckpointing : mode;
        string Word(int number) => number.ToString(CultureInfo.InvariantCulture);
        string[] Tail(string network) => [network, Word(threads), Word(each.Batch), Word(each.Size), input];

        var sides = new List<PeerProcess>();
        try
        {
            sides.Add(PeerProcess.Start("this", threads, "dotnet", PeerCheck.Repository, [typeof(OwnWorker).Assembly.Location, OwnWorker.Command, ownMode, .. Tail(weightsFile)]));
            if (peers.Contains(Onnx) && !each.Trains)
                sides.Add(PeerProcess.Start("ONNX Runtime", threads, "dotnet", PeerCheck.Repository, [typeof(OwnWorker).Assembly.Location, OnnxWorker.Command, mode, .. Tail(model)]));
            if (peers.Contains(PyTorch))
                sides.Add(PeerProcess.Start("PyTorch", threads, python, PeerCheck.PeerFolder("pytorch"), ["worker.py", mode, .. Tail(weightsFile)]));
            Console.WriteLine($"{each.Title} ({each.Name}): {string.Join(" | ", sides.Select(side => side.Version))}");

            float[] ours = sides[0].Logits(check.TemporaryFile("logits.f32"));
            foreach (PeerProcess side in sides.Skip(1)) check.Report($"logits of {side.Name}", ours, side.Logits(check.TemporaryFile("logits.f32")));
            Print(each, sides, TakeTurns(sides));
        }
        finally
        {
            foreach (PeerProcess side in sides) side.Dispose();
        }
    }

    private void WriteFiles(ConvNeXtConfig config, PairedCase each, string model, string weightsFile, string input)
    {
        WeightSet weights = VisibleWeights.Create(config, seed: 1);
        if (!each.Trains && peers.Contains(Onnx)) OnnxRuntime.Export(model, config, weights);
        SafetensorsWriter.Write(weightsFile, weights);
        float[] pixels = ImageBatch.Random(each.Batch, each.Size, each.Size, seed: 2).ToChannelsFirst();
        File.WriteAllBytes(input, MemoryMarshal.AsBytes(pixels.AsSpan()));
    }

    /// <summary>Median seconds of a pass, by side and round.</summary>
    private double[][] TakeTurns(List<PeerProcess> sides)
    {
        int[] passes = [.. sides.Select(side => PassesOfBlock(side))];
        double[][] medians = [.. sides.Select(_ => new double[rounds])];
        for (int round = 0; round < rounds; round++)
            for (int side = 0; side < sides.Count; side++) medians[side][round] = Repetition.Median(sides[side].Run(passes[side]));
        return medians;
    }

    // Warms up, too: code is compiled in the background until it has run for a while.
    private int PassesOfBlock(PeerProcess side)
    {
        double first = side.Run(2)[1];
        double warm = Repetition.Median(side.Run(Math.Max(3, (int)(blockSeconds / first / 2))));
        return Math.Max(3, (int)Math.Round(blockSeconds / warm));
    }

    private static void Print(PairedCase each, List<PeerProcess> sides, double[][] seconds)
    {
        for (int side = 0; side < sides.Count; side++)
        {
            double median = Repetition.Median(seconds[side]);
            string line = string.Create(CultureInfo.InvariantCulture,
                $"  {sides[side].Name,-14} {each.Batch / median,8:0.0} images/s {median * 1e3,9:0.0} ms a pass, peak {sides[side].PeakBytes / Megabyte,6:0} MB");
            if (side > 0)
            {
                double[] ratios = [.. seconds[side].Zip(seconds[0], (theirs, ours) => theirs / ours).Order()];
                line += string.Create(CultureInfo.InvariantCulture,
                    $"; this is {Repetition.Median(ratios):0.00} x as fast ({ratios[0]:0.00} to {ratios[^1]:0.00}), with {(double)sides[0].PeakBytes / sides[side].PeakBytes:0.00} of the memory");
            }
            Console.WriteLine(line);
        }
    }
}
