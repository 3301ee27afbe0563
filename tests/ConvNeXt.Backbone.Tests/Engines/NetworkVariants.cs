using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Tests.Engines;

/// <summary>A small network of every kind.</summary>
internal static class NetworkVariants
{
    public const int Classes = 5;

    private static readonly ConvNeXtConfig _second = new()
    {
        Name = "V2",
        Depths = [1, 2, 1, 1],
        Widths = [12, 20, 28, 36],
        ClassCount = Classes,
        LayerScaleInit = null,
        GlobalResponseNorm = true,
        DropPathRate = 0.3f,
    };

    private static readonly Dictionary<string, ConvNeXtConfig> _all = new ConvNeXtConfig[]
    {
        new() { Name = "V1", Depths = [1, 2, 1, 1], Widths = [12, 20, 40, 72], ClassCount = Classes, DropPathRate = 0.3f },
        _second,
        new() { Name = "isotropic", Depths = [3], Widths = [20], ClassCount = Classes },
        _second with { Name = "isotropic V2", Depths = [2], Widths = [20], LayerScaleInit = 0.5f },
        _second with
        {
            Name = "all options",
            OverlappingStemWidth = 7,
            NormBeforePooling = true,
            HeadHiddenWidth = 44,
            NormEpsilon = 1e-5f,
            LayerScaleInit = 0.5f,
        },
    }.ToDictionary(config => config.Name);

    /// <summary>One name for each call of a test with DynamicData.</summary>
    public static IEnumerable<object[]> Names => _all.Keys.Select(name => new object[] { name });

    public static ConvNeXtConfig Get(string name) => _all[name];
}
