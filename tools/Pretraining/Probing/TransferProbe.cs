using System.Globalization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Pretraining.Probing;

/// <summary>Measures what features are worth for other tasks, and keeps the curve of a run in a file.</summary>
internal sealed class TransferProbe(IReadOnlyList<string> folders)
{
    private readonly ProbeSet[] _sets = [.. folders.Select(folder => new ProbeSet(folder))];

    /// <summary>Pictures of all sets.</summary>
    public int Count => _sets.Sum(set => set.Count);

    /// <summary>Accuracy on each set.</summary>
    public IReadOnlyList<(string Name, double Accuracy)> Measure(ConvNeXtConfig config, WeightSet weights)
    {
        using var engine = new ManagedScoringEngine(config, weights);
        return [.. _sets.Select(set => (set.Name, set.Measure(engine)))];
    }

    /// <summary>What was measured, in words.</summary>
    public static string Describe(HeldOutError heldOut, IReadOnlyList<(string Name, double Accuracy)> accuracies) =>
        $"held out {heldOut.SquaredError:0.0000}, unexplained {heldOut.Unexplained:0.0000}; transfer {string.Join(", ", accuracies.Select(item => $"{item.Name} {item.Accuracy:0.000}"))}";

    /// <summary>Adds a row to the curve.</summary>
    public static void Append(string curveFile, double seconds, long seen, long crops, double[] losses, IReadOnlyList<(string Name, double Accuracy)> accuracies)
    {
        if (!File.Exists(curveFile))
            File.WriteAllText(curveFile, $"seconds,pictures_seen,distinct_crops,pooled,map,hint,held_out,unexplained{string.Concat(accuracies.Select(item => $",{item.Name}"))}\n");
        var values = new double[] { Math.Round(seconds), seen, crops }.Concat(losses.Select(loss => Math.Round(loss, 4))).Concat(accuracies.Select(item => Math.Round(item.Accuracy, 4)));
        File.AppendAllText(curveFile, string.Join(',', values.Select(value => value.ToString(CultureInfo.InvariantCulture))) + "\n");
    }
}
