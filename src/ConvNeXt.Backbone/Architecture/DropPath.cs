using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Architecture;

/// <summary>Stochastic depth: the drop rate of each block.</summary>
internal static class DropPath
{
    /// <summary>
    /// Returns the rates of the blocks in network order: the float32 linspace from 0 to <see cref="ConvNeXtConfig.DropPathRate"/>, computed from both ends
    /// toward the middle as PyTorch does. The last bit of PyTorch's own values depends on the vector width of the machine.
    /// </summary>
    public static ImmutableArray<float> Rates(ConvNeXtConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        int blocks = config.Depths.Sum();
        float step = blocks > 1 ? config.DropPathRate / (blocks - 1) : 0;
        var rates = ImmutableArray.CreateBuilder<float>(blocks);
        for (int block = 0; block < blocks; block++)
            rates.Add(block < blocks / 2 ? step * block : config.DropPathRate - step * (blocks - 1 - block));
        if (blocks == 1) rates[0] = 0;
        return rates.MoveToImmutable();
    }

    /// <summary>
    /// Returns the factor on a path in training: 0 if it is dropped, otherwise 1 / (1 - rate), so that the expected value is unchanged. A path is kept if
    /// floor(1 - rate + draw) is 1.
    /// </summary>
    /// <param name="rate">The block's rate.</param>
    /// <param name="draw">A uniform draw in [0, 1).</param>
    internal static float KeepFactor(float rate, float draw)
    {
        double keepRate = 1 - (double)rate;
        return (float)(Math.Floor((float)keepRate + draw) / keepRate);
    }
}
