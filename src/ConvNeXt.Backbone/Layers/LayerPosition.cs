using System.Globalization;

namespace ConvNeXt.Backbone.Layers;

/// <summary>Position of a layer in forward order: the layer before a stage's blocks (stem or downsampling), the blocks, the head.</summary>
/// <param name="Stage">Stage, from 0; the head counts as a stage after all others.</param>
/// <param name="Block">Block within the stage, from 0, or <see cref="BeforeBlocks"/>.</param>
internal readonly record struct LayerPosition(int Stage, int Block) : IComparable<LayerPosition>
{
    /// <summary>The stem in the first stage, the downsampling layer in later ones.</summary>
    public const int BeforeBlocks = -1;

    public static LayerPosition Stem => new(0, BeforeBlocks);

    public static LayerPosition Head => new(int.MaxValue, BeforeBlocks);

    public static bool operator <(LayerPosition one, LayerPosition other) => one.CompareTo(other) < 0;

    public static bool operator >(LayerPosition one, LayerPosition other) => one.CompareTo(other) > 0;

    /// <summary>Returns the layer of a parameter, given its official name.</summary>
    public static LayerPosition Of(string parameter)
    {
        string[] parts = parameter.Split('.');
        return parts[0] switch
        {
            "stem" => Stem,
            "downsample_layers" => new LayerPosition(Number(1), BeforeBlocks),
            "blocks" => new LayerPosition(0, Number(1)),
            "stages" => new LayerPosition(Number(1), Number(2)),
            _ => Head,
        };

        int Number(int part) => int.Parse(parts[part], CultureInfo.InvariantCulture);
    }

    public int CompareTo(LayerPosition other) => (Stage, Block).CompareTo((other.Stage, other.Block));
}
