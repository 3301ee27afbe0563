using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Architecture.Roadmap;

namespace ConvNeXt.Tests.Roadmaps;

/// <summary>Small networks with every kind of block of the roadmap.</summary>
internal static class RoadmapNetworks
{
    private const string Grouped = "grouped";

    private static readonly RoadmapSize _small = new([1, 1, 1, 1], [1, 2, 1, 1], FirstWidth: 4, MiddleWidth: 4, LastWidth: 6);

    /// <summary>The steps whose layers differ in more than their size, and grouped convolutions.</summary>
    public static IEnumerable<object[]> Names { get; } = Roadmap.FromResNet50.Select(step => step.Key)
        .Except(["stage-ratio", "width", "kernel-5", "kernel-9", "kernel-11"]).Append(Grouped).Select(key => new object[] { key });

    /// <summary>The small network of a step. The published one has parts as well, so that the general description computes it.</summary>
    public static ConvNeXtConfig Get(string key)
    {
        var steps = Roadmap.Steps(RoadmapRegime.ResNet50, _small, classes: 3).ToDictionary(step => step.Key, step => step.Network);
        return key switch
        {
            Grouped => steps["stage-ratio"] with { Name = Grouped, Parts = steps["stage-ratio"].Parts! with { GroupWidth = 2 } },
            "published" => steps[key] with { Parts = steps["downsampling"].Parts, LayerScaleInit = 0.5f },
            _ => steps[key],
        };
    }
}
