using System.Globalization;
using System.Text.Json;
using ConvNeXt.Backbone.Mpi;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.Tests.Training.Distributed;

// ConvNeXt.Ranks RESULT [--checkpoints FOLDER] [--bfloat16] [--epochs N] [--fail RANK] [--silent RANK] [--other RANK]: trains the run of the tests. Rank 0
// writes the losses to RESULT.json and the weights to RESULT.safetensors. Each rank writes its process to RESULT.RANK.pid. One rank may fail at its third step,
// fall silent there, or have another option.
string result = args[0];
IRankGroup ranks = RankGroups.Join();
ranks.BFloat16Gradients = args.Contains("--bfloat16");
File.WriteAllText(FormattableString.Invariant($"{result}.{ranks.Rank}.pid"), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
TrainingOptions options = RankedTraining.Options with { Epochs = Number("--epochs") ?? RankedTraining.Options.Epochs };
if (Number("--other") == ranks.Rank) options = options with { LabelSmoothing = 0.2 };
bool fails = Number("--fail") == ranks.Rank, isSilent = Number("--silent") == ranks.Rank;
string? folder = Text("--checkpoints");
CheckpointOptions? checkpoints = folder is null || ranks.Rank > 0 ? null : new CheckpointOptions { Folder = folder, EveryMinutes = 0, Resume = true };
var losses = new List<double>();
var callbacks = new TrainingCallbacks
{
    Step = progress =>
    {
        losses.Add(progress.Loss);
        if (losses.Count != 3) return;
        if (fails) throw new InvalidOperationException("the disk is full");
        if (isSilent) Thread.Sleep(Timeout.Infinite);
    },
};
try
{
    TrainingResult trained = RankedTraining.Session(ranks, options, checkpoints, peerTimeout: TimeSpan.FromSeconds(Number("--patience") ?? 30)).Run(callbacks);
    if (ranks.Rank > 0) return 0;
    using (FileStream file = File.Create(result + ".safetensors")) SafetensorsWriter.Write(file, trained.Weights, new Dictionary<string, string>());
    File.WriteAllText(result + ".json", JsonSerializer.Serialize(new RankReport(ranks.Size, ranks.Size == 1 ? "" : MpiRankGroup.LibraryVersion, losses)));
    return 0;
}
catch (Exception e) when (e is RankMismatchException or InvalidOperationException or TimeoutException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

string? Text(string option) => args.SkipWhile(argument => argument != option).Skip(1).FirstOrDefault();

int? Number(string option) => Text(option) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

/// <summary>What rank 0 reports.</summary>
/// <param name="Size">Number of ranks.</param>
/// <param name="Library">The MPI library.</param>
/// <param name="Losses">The mean loss of the epoch after each step.</param>
internal sealed record RankReport(int Size, string Library, List<double> Losses);
