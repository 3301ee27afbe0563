using ConvNeXt.Backbone.Training.Data;
using SkiaSharp;

namespace ConvNeXt.Pretraining.Crops;

/// <summary>A random change of brightness, contrast, saturation and tint as one color matrix.</summary>
internal static class ColorChange
{
    private const double GrayChance = 0.08, MostSaturation = 1.6, LeastLight = 0.6, MostLight = 1.4, Tint = 0.2;
    private const float Middle = 0.45f;

    private static readonly float[] _luminance = [0.299f, 0.587f, 0.114f];

    /// <summary>Draws one.</summary>
    public static SKColorFilter Draw(ref CounterRandom random)
    {
        float saturation = random.NextDouble() < GrayChance ? 0 : (float)random.NextDouble(0, MostSaturation);
        float brightness = (float)random.NextDouble(LeastLight, MostLight), contrast = (float)random.NextDouble(LeastLight, MostLight);
        var matrix = new float[20];
        for (int output = 0; output < 3; output++)
        {
            float gain = brightness * (float)random.NextDouble(1 - (Tint / 2), 1 + (Tint / 2));
            for (int input = 0; input < 3; input++)
                matrix[(output * 5) + input] = gain * contrast * (((1 - saturation) * _luminance[input]) + (input == output ? saturation : 0));
            matrix[(output * 5) + 4] = gain * Middle * (1 - contrast);
        }

        matrix[18] = 1;
        return SKColorFilter.CreateColorMatrix(matrix);
    }
}
