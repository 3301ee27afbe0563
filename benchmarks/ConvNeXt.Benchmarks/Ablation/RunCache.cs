using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ConvNeXt.MLNet.Training;

namespace ConvNeXt.Benchmarks.Ablation;

/// <summary>Result of a run.</summary>
/// <param name="Accuracy">Accuracy on the held-out images, with the weights after the last epoch, or with their moving average if there is one.</param>
/// <param name="TrainAccuracy">Accuracy on the augmented training images of the last epoch.</param>
/// <param name="Seconds">Duration of the run.</param>
internal sealed record RunOutcome(double Accuracy, double TrainAccuracy, double Seconds);

/// <summary>
/// Finished runs in a folder, so an interrupted study can continue: one file each, named by a hash of the run's description, which determines its result.
/// </summary>
internal sealed class RunCache(string folder)
{
    public RunOutcome? Find(string description)
    {
        string path = PathOf(description);
        return File.Exists(path) ? JsonSerializer.Deserialize<Entry>(File.ReadAllText(path))!.Outcome : null;
    }

    public void Add(string description, RunOutcome outcome)
    {
        Directory.CreateDirectory(folder);
        string path = PathOf(description), unfinished = $"{path}.{Environment.ProcessId}.tmp";
        File.WriteAllText(unfinished, JsonSerializer.Serialize(new Entry(description, outcome)));
        File.Move(unfinished, path, overwrite: true);
    }

    private string PathOf(string description) =>
        Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(description)).AsSpan(0, 12)) + ".json");

    private sealed record Entry(string What, RunOutcome Outcome);
}
