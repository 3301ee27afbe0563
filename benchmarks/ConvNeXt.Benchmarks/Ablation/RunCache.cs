using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ConvNeXt.Benchmarks.Ablation;

/// <summary>What a run came to.</summary>
/// <param name="Accuracy">Share of the held-out pictures that the last epoch's weights name right, or their average where one is kept.</param>
/// <param name="TrainAccuracy">The same of the last epoch's training pictures, as augmented.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record RunOutcome(double Accuracy, double TrainAccuracy, double Seconds);

/// <summary>Finished runs in a folder, one file each under a name made of all that determines the outcome; so an interrupted study goes on where it was.</summary>
internal sealed class RunCache(string folder)
{
    public RunOutcome? Find(string what)
    {
        string path = PathOf(what);
        return File.Exists(path) ? JsonSerializer.Deserialize<Entry>(File.ReadAllText(path))!.Outcome : null;
    }

    public void Add(string what, RunOutcome outcome)
    {
        Directory.CreateDirectory(folder);
        string path = PathOf(what), unfinished = $"{path}.{Environment.ProcessId}.tmp";
        File.WriteAllText(unfinished, JsonSerializer.Serialize(new Entry(what, outcome)));
        File.Move(unfinished, path, overwrite: true);
    }

    private string PathOf(string what) => Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(what)).AsSpan(0, 12)) + ".json");

    private sealed record Entry(string What, RunOutcome Outcome);
}
