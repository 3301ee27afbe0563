using System.Globalization;

namespace ConvNeXt.Backbone.Training;

/// <summary>
/// Layer-wise learning-rate decay by the official rule (optim_factory.py): twelve groups of layers and the head, and a factor of decay^(13 - group).
/// Stem 0; stage 1 is group 1; stage 2 and its downsampling 2; stage 3 in triples of blocks from 3 on, its downsampling 3; stage 4 and its downsampling 12;
/// norm and head 13. The rule is made for 27 blocks in the third stage; with fewer the groups in between stay empty.
/// </summary>
public static class LayerDecay
{
    /// <summary>The group of the final norm and the head, whose factor is 1.</summary>
    public const int HeadGroup = LastLayerGroup + 1;

    private const int LastLayerGroup = 12;
    private const int BlocksPerGroup = 3;

    /// <summary>The group of a parameter, 0 to 13.</summary>
    /// <param name="name">Official name, such as <c>stages.2.5.dwconv.weight</c>.</param>
    public static int GroupOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string[] parts = name.Split('.');
        bool isStage = parts[0] == "stages";
        if (!isStage && parts[0] != "downsample_layers") return HeadGroup;
        int stage = int.Parse(parts[1], CultureInfo.InvariantCulture);
        return (stage, isStage) switch
        {
            (0, false) => 0,
            (2, true) => 3 + int.Parse(parts[2], CultureInfo.InvariantCulture) / BlocksPerGroup,
            (3, _) => LastLayerGroup,
            _ => stage + 1,
        };
    }

    /// <summary>The factor on the learning rate of a parameter.</summary>
    /// <param name="name">Official name.</param>
    /// <param name="decay">In (0, 1]; 1 treats all layers alike.</param>
    public static double ScaleOf(string name, double decay) => Math.Pow(decay, HeadGroup - GroupOf(name));
}
