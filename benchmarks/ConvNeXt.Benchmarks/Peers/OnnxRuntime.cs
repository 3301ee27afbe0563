using System.Runtime.InteropServices;
using System.Text.Json;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>ONNX Runtime as its npm package has it, run by node.</summary>
internal sealed class OnnxRuntime(PeerCheck check)
{
    private static readonly string Folder = PeerCheck.PeerFolder("onnx");

    /// <summary>Fetches the package where it is missing.</summary>
    /// <exception cref="PeerException">There is no node or npm, or the package cannot be had.</exception>
    public static void Require()
    {
        try
        {
            PeerCheck.Run("node", Folder, "--version");
            if (Directory.Exists(Path.Combine(Folder, "node_modules", "onnxruntime-node"))) return;
            Console.WriteLine("fetching onnxruntime-node (npm ci)");
            // npm is a script on Windows. The package's own scripts would only fetch what GPUs need.
            string[] npm = OperatingSystem.IsWindows() ? ["cmd", "/c", "npm"] : ["npm"];
            PeerCheck.Run(npm[0], Folder, [.. npm[1..], "ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        }
        catch (PeerException error)
        {
            throw new PeerException(
                $"This comparison needs Node.js 18 or later with npm (https://nodejs.org), and its package registry. {error.Message}", error);
        }
    }

    /// <summary>Scores batches with a model.</summary>
    /// <param name="model">The ONNX file.</param>
    /// <param name="batches">Images in NCHW and how many, how high and how wide.</param>
    /// <returns>The logits of each batch.</returns>
    public float[][] Score(string model, IReadOnlyList<ImageBatch> batches)
    {
        string Input(int i) => check.TemporaryFile($"batch{i}.f32");
        string Output(int i) => check.TemporaryFile($"logits{i}.f32");
        for (int i = 0; i < batches.Count; i++) File.WriteAllBytes(Input(i), MemoryMarshal.AsBytes(batches[i].ToChannelsFirst().AsSpan()));
        string jobs = check.TemporaryFile("jobs.json");
        File.WriteAllText(jobs, JsonSerializer.Serialize(batches.Select((batch, i) =>
            new { input = Input(i), dims = (int[])[batch.Count, 3, batch.Height, batch.Width], output = Output(i) })));
        Version = PeerCheck.Run("node", Folder, "score.js", model, jobs);
        return [.. batches.Select((_, i) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Output(i))).ToArray())];
    }

    /// <summary>What the last call said it was.</summary>
    public string Version { get; private set; } = "";
}
