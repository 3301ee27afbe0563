using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.MLNet.Robustness.Corruptions;

/// <summary>Snow, frost and fog.</summary>
internal static class WeatherCorruptions
{
    private const int FrostLength = 24;
    private const double FrostWidth = 10, FrostDensity = 1.6, CloudDecay = 1.7;

    /// <summary>Fog: clouds are added, then the range is compressed.</summary>
    internal static RgbImage Fog(RgbImage image, double strength, double decay, ref CounterRandom random)
    {
        FloatImage values = FloatImage.From(image);
        float largest = values.Planes.Max(plane => plane.Values.Max());
        Plane clouds = PlasmaFractal.Create(image.Width, image.Height, decay, ref random);
        return values.Map(plane =>
        {
            var fogged = new Plane(image.Width, image.Height);
            for (int i = 0; i < fogged.Values.Length; i++)
                fogged.Values[i] = (float)((plane.Values[i] + (strength * clouds.Values[i])) * largest / (largest + strength));
            return fogged;
        }).ToRgb();
    }

    /// <summary>Snow: blurred flakes, and the whole image whiter.</summary>
    internal static RgbImage Snow(RgbImage image, SnowParameters parameters, ref CounterRandom random)
    {
        Plane flakes = Plane.Normal(image.Width, image.Height, parameters.Mean, parameters.Deviation, ref random).Zoom(parameters.Zoom)
            .Map(value => value < parameters.Threshold ? 0 : ToBytes(value));
        flakes = MotionFilter.Apply(flakes, parameters.Radius, parameters.Blur, random.NextDouble(-135, -45)).Map(ToBytes);
        FloatImage values = FloatImage.From(image);
        float[] gray = values.ToGray().Values;
        float weight = (float)parameters.Weight;
        return values.Map(plane =>
        {
            var snowed = new Plane(image.Width, image.Height);
            for (int i = 0, last = gray.Length - 1; i <= last; i++)
            {
                float whiter = Math.Max(plane.Values[i], (1.5f * gray[i]) + 0.5f);
                snowed.Values[i] = (weight * plane.Values[i]) + ((1 - weight) * whiter) + flakes.Values[i] + flakes.Values[last - i];
            }
            return snowed;
        }).ToRgb();

        static float ToBytes(float value) => (byte)(Math.Clamp(value, 0f, 1f) * 255) / 255f;
    }

    /// <summary>
    /// Ice on a pane. The original adds one of five photos, which are not part of this library: here the ice is generated, so results for frost cannot be
    /// compared with published ones.
    /// </summary>
    internal static RgbImage Frost(RgbImage image, double imageWeight, double frostWeight, ref CounterRandom random)
    {
        Plane ice = Ice(image.Width, image.Height, ref random);
        float[] tint = [0.86f, 0.94f, 1f];
        FloatImage values = FloatImage.From(image);
        return new FloatImage(Add(0), Add(1), Add(2)).ToRgb();

        Plane Add(int channel)
        {
            var frosted = new Plane(image.Width, image.Height);
            for (int i = 0; i < frosted.Values.Length; i++)
                frosted.Values[i] = (float)((imageWeight * values.Planes[channel].Values[i]) + (frostWeight * tint[channel] * ice.Values[i]));
            return frosted;
        }
    }

    /// <summary>Needles in three directions that meet at 60 degrees, dense where clouds are.</summary>
    private static Plane Ice(int width, int height, ref CounterRandom random)
    {
        Plane clouds = PlasmaFractal.Create(width, height, CloudDecay, ref random), ice = clouds.Map(cloud => 0.5f * cloud);
        double turn = random.NextDouble(0, 60);
        for (int direction = 0; direction < 3; direction++)
        {
            Plane seeds = Plane.Normal(width, height, 0, 1, ref random).Map(value => value > FrostDensity ? value : 0);
            float[] needles = MotionFilter.Apply(seeds, FrostLength, FrostWidth, turn + (60 * direction)).Values;
            for (int i = 0; i < needles.Length; i++) ice.Values[i] += needles[i] * clouds.Values[i];
        }
        return ice.Map(value => Math.Min(value, 1));
    }
}

/// <summary>How it snows.</summary>
/// <param name="Mean">Mean of the noise that becomes flakes.</param>
/// <param name="Deviation">Standard deviation of the noise.</param>
/// <param name="Zoom">Size of the flakes.</param>
/// <param name="Threshold">Noise below it is no flake.</param>
/// <param name="Radius">Half of the length of the motion blur, in pixels.</param>
/// <param name="Blur">Standard deviation of the motion blur, in pixels.</param>
/// <param name="Weight">Share of the image that is not whitened.</param>
internal sealed record SnowParameters(double Mean, double Deviation, double Zoom, double Threshold, int Radius, double Blur, double Weight);
