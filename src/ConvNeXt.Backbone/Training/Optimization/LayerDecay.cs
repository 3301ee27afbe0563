using System.Collections.Immutable;
using System.Globalization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Training.Optimization;

/// <summary>
/// Layer-wise learning-rate decay by the official rules (optim_factory.py): the factor of a parameter is decay^(head group - its group).
/// <para><see cref="LayerDecayRule.Groups"/>: twelve groups of layers, and the head. The stem is group 0; stage 1 is group 1; stage 2 and its downsampling are
/// group 2; stage 3 has one group per three blocks, starting with 3, and its downsampling is in group 3; stage 4 and its downsampling are group 12; norm and
/// head are group 13. The rule is designed for 27 blocks in the third stage; with fewer, the groups in between are empty.</para>
/// <para><see cref="LayerDecayRule.Single"/>: blocks are counted from 1 across all stages; a downsampling layer and the stem belong to the block that follows
/// them; norm and head come after the last block.</para>
/// </summary>
internal static class LayerDecay
{
    private const int LastLayerGroup = 12;
    private const int BlocksPerGroup = 3;

    /// <summary>The group of the final norm and the head, whose factor is 1.</summary>
    /// <param name="config">The network.</param>
    /// <param name="rule">How layers are grouped.</param>
    public static int HeadGroupOf(ConvNeXtConfig config, LayerDecayRule rule = LayerDecayRule.Groups)
    {
        ArgumentNullException.ThrowIfNull(config);
        return IsSingle(config, rule) ? config.Depths.Sum() + 1 : LastLayerGroup + 1;
    }

    /// <summary>The group of a parameter, from 0 to <see cref="HeadGroupOf"/>.</summary>
    /// <param name="config">The network.</param>
    /// <param name="name">Official name, such as <c>stages.2.5.dwconv.weight</c>.</param>
    /// <param name="rule">How layers are grouped.</param>
    public static int GroupOf(ConvNeXtConfig config, string name, LayerDecayRule rule = LayerDecayRule.Groups)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(name);
        string[] parts = name.Split('.');
        (int stage, int? block) = parts[0] switch
        {
            "stem" => (0, null),
            "downsample_layers" => (Number(1), null),
            "blocks" => (0, Number(1)),
            "stages" => (Number(1), Number(2)),
            _ => (-1, (int?)null),
        };
        if (stage < 0) return HeadGroupOf(config, rule);
        return IsSingle(config, rule) ? config.Depths[..stage].Sum() + (block ?? 0) + 1 : GroupOf(stage, block);

        int Number(int part) => int.Parse(parts[part], CultureInfo.InvariantCulture);
    }

    /// <summary>All groups that contain parameters of a network, from the lowest to that of the head.</summary>
    /// <param name="config">The network.</param>
    /// <param name="decay">In (0, 1]; 1 gives all layers the same learning rate.</param>
    /// <param name="rule">How layers are grouped.</param>
    public static ImmutableArray<LayerGroup> GroupsOf(ConvNeXtConfig config, double decay, LayerDecayRule rule = LayerDecayRule.Groups) =>
    [
        .. ParameterTable.Of(config).Select(parameter => parameter.Name).GroupBy(name => GroupOf(config, name, rule)).OrderBy(group => group.Key)
            .Select(group => new LayerGroup(group.Key, Math.Pow(decay, HeadGroupOf(config, rule) - group.Key), [.. group])),
    ];

    /// <summary>The learning-rate factor of a parameter.</summary>
    /// <param name="config">The network.</param>
    /// <param name="name">Official name.</param>
    /// <param name="decay">In (0, 1]; 1 gives all layers the same learning rate.</param>
    /// <param name="rule">How layers are grouped.</param>
    public static double ScaleOf(ConvNeXtConfig config, string name, double decay, LayerDecayRule rule = LayerDecayRule.Groups) =>
        Math.Pow(decay, HeadGroupOf(config, rule) - GroupOf(config, name, rule));

    private static bool IsSingle(ConvNeXtConfig config, LayerDecayRule rule) => rule == LayerDecayRule.Single || config.IsIsotropic;

    private static int GroupOf(int stage, int? block) => (stage, block) switch
    {
        (0, null) => 0,
        (2, { } third) => 3 + (third / BlocksPerGroup),
        (3, _) => LastLayerGroup,
        _ => stage + 1,
    };
}

/// <summary>How layers are grouped for layer-wise decay.</summary>
public enum LayerDecayRule
{
    /// <summary>Twelve groups of layers: V1 (optim_factory.py), and V2 from Base on.</summary>
    Groups,

    /// <summary>
    /// One group per block: V2 up to Tiny ("single" in its optim_factory.py), and always for isotropic networks, for which there are no groups.
    /// </summary>
    Single,
}

/// <summary>The parameters that share a learning rate in layer-wise decay.</summary>
/// <param name="Group">Number of the group, from 0.</param>
/// <param name="LearningRateScale">Factor for their learning rate.</param>
/// <param name="Parameters">Official names, in network order.</param>
internal sealed record LayerGroup(int Group, double LearningRateScale, ImmutableArray<string> Parameters);
