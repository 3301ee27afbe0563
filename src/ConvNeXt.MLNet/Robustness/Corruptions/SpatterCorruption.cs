using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.MLNet.Robustness.Corruptions;

/// <summary>Drops of water, or mud, on the lens.</summary>
internal static class SpatterCorruption
{
    private const double EdgeLow = 50, EdgeHigh = 150, FarthestFromEdge = 20, LeastMud = 0.8;

    private static readonly float[] _water = [175 / 255f, 238 / 255f, 238 / 255f], _mud = [63 / 255f, 42 / 255f, 20 / 255f];

    private static readonly float[,] _emboss = { { -2, -1, 0 }, { -1, 1, 1 }, { 0, 1, 2 } };

    internal static RgbImage Apply(RgbImage image, SpatterParameters parameters, ref CounterRandom random)
    {
        Plane liquid = GaussianFilter.Apply(Plane.Normal(image.Width, image.Height, parameters.Mean, parameters.Deviation, ref random), parameters.Size)
            .Map(value => value < parameters.Threshold ? 0 : value);
        FloatImage values = FloatImage.From(image);
        float[] mask = (parameters.IsMud ? Mud(liquid, parameters) : Water(liquid, parameters.Strength)).Values;
        float[] color = parameters.IsMud ? _mud : _water;
        return new FloatImage(Cover(0), Cover(1), Cover(2)).ToRgb();

        Plane Cover(int channel)
        {
            var covered = new Plane(image.Width, image.Height);
            for (int i = 0; i < mask.Length; i++)
                covered.Values[i] = (values.Planes[channel].Values[i] * (parameters.IsMud ? 1 - mask[i] : 1)) + (mask[i] * color[channel]);
            return covered;
        }
    }

    private static Plane Mud(Plane liquid, SpatterParameters parameters) =>
        GaussianFilter.Apply(liquid.Map(value => value > parameters.Threshold ? 1 : 0), parameters.Strength).Map(value => value < LeastMud ? 0 : value);

    /// <summary>Light that drops of water catch: an embossed map of the distance from their edges, times how thick the water is.</summary>
    private static Plane Water(Plane liquid, double strength)
    {
        Plane drops = liquid.Map(value => (byte)(Math.Clamp(value, 0f, 1f) * 255));
        Plane distance = EdgeDistance.ToEdges(EdgeDistance.FindEdges(drops, EdgeLow, EdgeHigh), drops.Width, drops.Height).Map(value => Math.Min(value, (float)FarthestFromEdge));
        Plane relief = EdgeDistance.Equalize(Mean(distance).Map(value => (byte)value)).Filter(_emboss).Map(value => Math.Clamp(MathF.Round(value), 0, 255));
        float[] lit = Mean(relief).Map(MathF.Round).Values;
        var mask = new Plane(liquid.Width, liquid.Height);
        for (int i = 0; i < lit.Length; i++) mask.Values[i] = drops.Values[i] * lit[i];
        float largest = mask.Values.Max();
        return largest == 0 ? mask : mask.Map(value => (float)(value / largest * strength));
    }

    private static Plane Mean(Plane plane)
    {
        const float ninth = 1f / 9;
        return plane.Filter(new[,] { { ninth, ninth, ninth }, { ninth, ninth, ninth }, { ninth, ninth, ninth } });
    }
}

/// <summary>What is on the lens.</summary>
/// <param name="Mean">Mean of the noise that becomes drops.</param>
/// <param name="Deviation">Standard deviation of the noise.</param>
/// <param name="Size">Standard deviation by which the noise is blurred: the size of the drops.</param>
/// <param name="Threshold">Noise below it is no drop.</param>
/// <param name="Strength">Of water: brightness. Of mud: standard deviation by which its edges are blurred.</param>
/// <param name="IsMud">Mud instead of water.</param>
internal sealed record SpatterParameters(double Mean, double Deviation, double Size, double Threshold, double Strength, bool IsMud);
