using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training.Distributed;

/// <summary>Compares what all ranks of a run must have in common with what rank 0 has.</summary>
internal static class RankAgreement
{
    private const int NamedDifferences = 5;

    /// <summary>
    /// What ranks must have in common besides the identity of a run: the version, the layout of gradients in memory, and options that decide which steps a run
    /// has.
    /// </summary>
    public static ImmutableSortedDictionary<string, string> WithProcess(ImmutableSortedDictionary<string, string> identity, TrainingOptions options) => identity
        .SetItem("version", typeof(RankAgreement).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "")
        .SetItem("vector registers", SimdSupport.Description)
        .SetItem(NameOf(nameof(options.SkipUnreadableImages)), $"{options.SkipUnreadableImages}")
        .SetItem(NameOf(nameof(options.CalibrateTemperature)), $"{options.CalibrateTemperature}");

    /// <summary>What ranks must have in common at the end: sums that differ between ranks would let their weights drift apart.</summary>
    public static ImmutableSortedDictionary<string, string> OfResult(WeightSet weights) =>
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("trained weights", RunIdentity.Hash(weights));

    /// <summary>Requires that all ranks have the values of rank 0.</summary>
    /// <exception cref="RankMismatchException">A rank has others; thrown on all ranks.</exception>
    public static void Require(IRankGroup ranks, ImmutableSortedDictionary<string, string> values)
    {
        if (ranks.Size == 1) return;
        string ofMain = RankTexts.Broadcast(ranks, JsonSerializer.Serialize(values));
        var expected = JsonSerializer.Deserialize<ImmutableSortedDictionary<string, string>>(ofMain)!.WithComparers(StringComparer.Ordinal);
        string own = Describe(values, expected);
        string[] all = RankTexts.Gather(ranks, own.Length == 0 ? "" : $"on {Environment.MachineName}: {own}");
        string[] wrong = [.. all.Index().Where(rank => rank.Item.Length > 0).Select(rank => $"rank {rank.Index} {rank.Item}")];
        if (wrong.Length > 0) throw new RankMismatchException($"Not all ranks train the same. Different from rank 0: {string.Join("; ", wrong)}.");
    }

    private static string Describe(ImmutableSortedDictionary<string, string> values, ImmutableSortedDictionary<string, string> expected)
    {
        string[] differences =
        [
            .. values.Keys.Union(expected.Keys).Order(StringComparer.Ordinal)
                .Where(key => values.GetValueOrDefault(key) != expected.GetValueOrDefault(key))
                .Select(key => RunIdentity.DescribeDifference(key, values.GetValueOrDefault(key), expected.GetValueOrDefault(key), "not")),
        ];
        string rest = differences.Length > NamedDifferences ? $", and {differences.Length - NamedDifferences} more" : "";
        return string.Join(", ", differences.Take(NamedDifferences)) + rest;
    }

    private static string NameOf(string option) => $"{nameof(TrainingOptions)}.{option}";
}
