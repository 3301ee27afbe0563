using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;

namespace ConvNeXt.Backbone.TorchSharp.Training;

/// <summary>A parameter in the flat tensors of a training engine.</summary>
internal sealed class ParameterSlot(ParameterDescription parameter, ParameterRule rule, long offset, long size)
{
    public string Name => parameter.Name;

    public long[] Shape { get; } = [.. parameter.Shape.Select(length => (long)length)];

    public ImmutableArray<int> OfficialShape => parameter.Shape;

    public ParameterRule Rule => rule;

    public long Offset => offset;

    public long Size => size;

    /// <summary>Number of updates so far.</summary>
    public long Steps { get; set; }

    /// <summary>Whether it is a statistic of a batch norm, which has no gradient.</summary>
    public bool IsStatistic => parameter.IsStatistic;

    /// <summary>Whether the optimizer leaves it as it is, as it always does a statistic.</summary>
    public bool Frozen
    {
        get => field || IsStatistic;
        set;
    }
}

/// <summary>Adjacent parameters that the optimizer treats alike.</summary>
internal readonly record struct ParameterRun(long Offset, long Size, ParameterRule Rule, long Steps);

/// <summary>
/// Positions of the parameters in flat tensors. Parameters with the same rule are adjacent, so that a whole layer group is updated by a few operations on one
/// piece of memory instead of a few for each tensor.
/// </summary>
internal sealed class FlatLayout
{
    private readonly ImmutableArray<ParameterSlot> _official;

    public FlatLayout(ConvNeXtConfig config, IReadOnlyDictionary<string, ParameterRule> rules)
    {
        var table = ParameterTable.Of(config);
        var withoutRule = table.Select(parameter => parameter.Name).Where(name => !rules.ContainsKey(name)).ToList();
        if (withoutRule.Count > 0)
            throw new ArgumentException($"Rules has no entry for {withoutRule.Count} parameter(s): {string.Join(", ", withoutRule)}.", nameof(rules));
        var slots = ImmutableArray.CreateBuilder<ParameterSlot>(table.Length);
        var sorted = table.OrderBy(parameter => parameter.IsStatistic)
            .ThenBy(parameter => rules[parameter.Name].LearningRateScale).ThenBy(parameter => rules[parameter.Name].WeightDecay);
        foreach (var parameter in sorted)
        {
            long size = parameter.Shape.Aggregate(1L, (product, length) => product * length);
            slots.Add(new ParameterSlot(parameter, rules[parameter.Name], Floats, size));
            Floats += size;
        }

        Slots = slots.MoveToImmutable();
        var byName = Slots.ToDictionary(slot => slot.Name, StringComparer.Ordinal);
        _official = [.. table.Select(parameter => byName[parameter.Name])];
    }

    /// <summary>The parameters in the order of the flat tensors.</summary>
    public ImmutableArray<ParameterSlot> Slots { get; }

    /// <summary>The parameters in the order of the official state dict.</summary>
    public ImmutableArray<ParameterSlot> Official => _official;

    /// <summary>Number of elements of a flat tensor.</summary>
    public long Floats { get; }

    /// <summary>Returns the parameters that are not frozen, in runs of equal rule and step count that are as long as possible.</summary>
    public IEnumerable<ParameterRun> TrainedRuns()
    {
        ParameterRun? run = null;
        foreach (var slot in Slots.Where(slot => !slot.Frozen))
        {
            if (run is { } open && open.Offset + open.Size == slot.Offset && open.Rule == slot.Rule && open.Steps == slot.Steps)
            {
                run = open with { Size = open.Size + slot.Size };
                continue;
            }

            if (run is { } finished) yield return finished;
            run = new ParameterRun(slot.Offset, slot.Size, slot.Rule, slot.Steps);
        }

        if (run is { } last) yield return last;
    }
}
