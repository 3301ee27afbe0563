using ConvNeXt.Benchmarks.Peers;

namespace ConvNeXt.Benchmarks.Gpu;

/// <summary>What the comparison on a GPU covers.</summary>
internal sealed record GpuSettings
{
    /// <summary>Number of the GPU; cpu to try the program without one.</summary>
    public required string Device { get; init; }

    public required string[] Variants { get; init; }

    public required int[] Sizes { get; init; }

    public required string[] Precisions { get; init; }

    public required int[] Batches { get; init; }

    public required string[] Modes { get; init; }

    public required int BlockSeconds { get; init; }

    public required int Rounds { get; init; }

    /// <summary>Passes of the TorchSharp engine after which its device memory is read again; 0 to skip that.</summary>
    public required int MemoryPasses { get; init; }

    /// <summary>Ways to run PyTorch: eager, compile.</summary>
    public required string[] Peers { get; init; }

    /// <summary>A file to which a row of a Markdown table is added for each combination; null for none.</summary>
    public required string? Table { get; init; }

    /// <summary>The Python interpreter that has PyTorch.</summary>
    public required string Python { get; init; }

    /// <exception cref="BenchmarkException">A peer is unknown.</exception>
    public static GpuSettings Of(Arguments arguments) => new()
    {
        Device = arguments.Text("device") ?? "0",
        Variants = arguments.Texts("variants", "tiny,base"),
        Sizes = arguments.Integers("sizes", "224,384"),
        Precisions = arguments.Texts("precisions", "fp32,tf32,bf16"),
        Batches = arguments.Integers("batches", "1,16,64,256"),
        Modes = arguments.Texts("modes", $"{WorkerArguments.Score},{WorkerArguments.Train}"),
        BlockSeconds = arguments.Integer("seconds", 3),
        Rounds = arguments.Integer("rounds", 3),
        MemoryPasses = arguments.Integer("memory-passes", 0),
        Peers = [.. arguments.Texts("peers", "eager,compile").Select(peer => peer is "eager" or "compile"
            ? peer
            : throw new BenchmarkException($"--peers: there is no '{peer}'; PyTorch runs eager or compile."))],
        Table = arguments.Text("table"),
        Python = arguments.Text("python") ?? "python3",
    };
}
