using System.Text.Json;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Naming;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Tests.Engines;

/// <summary>Reference networks recorded from the official code: their configuration, weights and tensors.</summary>
internal static class GoldenNetwork
{
    /// <summary>The networks with recorded logits, one a row of test data.</summary>
    public static IEnumerable<object[]> Names { get; } = new[]
    {
        "fb_v1_small", "fb_v1_no_layerscale", "fb_v1_eps_probe", "fb_v1_isotropic",
        "fb_v1_isotropic_layerscale", "fb_v2_small", "fb_v2_eps_probe", "timm_atto_like",
        "timm_linear_mlp_no_ls", "timm_v2_atto_like", "timm_v2_linear", "timm_atto_ols_like",
        "timm_tiny_hnf_like", "timm_large_mlp_head_like",
    }.Select(name => new object[] { name });

    /// <summary>A golden file: the project's copy, or the large shared one (the test is skipped where that is absent).</summary>
    public static string File(string folder, string name)
    {
        string copy = TestFolders.Data("golden", folder, name);
        return System.IO.File.Exists(copy) ? copy : TestFolders.Shared("golden", folder, name);
    }

    /// <summary>The network that the weights are of; the epsilon of its norms, which leaves no trace in them, from the description.</summary>
    public static ConvNeXtConfig Config(string name)
    {
        using var json = JsonDocument.Parse(System.IO.File.ReadAllText(File("forward", $"{name}.json")));
        float epsilon = json.RootElement.GetProperty("config").GetProperty("ln_eps").GetSingle();
        return ConfigDetector.Detect(Weights(name), name) with { Name = name, NormEpsilon = epsilon };
    }

    /// <summary>Weights under official names.</summary>
    public static WeightSet Weights(string name) => NameMap.ToOfficial(SafetensorsReader.Read(File("forward", $"{name}.weights.safetensors")));

    /// <summary>Images as engines take them, [n, height, width, channel], of ones stored as [n, channel, height, width].</summary>
    public static float[] ToChannelsLast(float[] values, int count, int channels, int height, int width)
    {
        var result = new float[values.Length];
        for (int n = 0; n < count; n++)
            for (int c = 0; c < channels; c++)
                for (int p = 0; p < height * width; p++)
                    result[(((n * height * width) + p) * channels) + c] = values[(((n * channels) + c) * height * width) + p];
        return result;
    }

    /// <summary>Images and their shape out of a golden file.</summary>
    public static (float[] Images, int Count, int Height, int Width) Images(SafetensorsFile file, string name)
    {
        var shape = file.Entries.Single(entry => entry.Name == name).Shape;
        return (ToChannelsLast(file.ReadSingles(name), shape[0], shape[1], shape[2], shape[3]), shape[0], shape[2], shape[3]);
    }

    /// <summary>Largest absolute difference.</summary>
    public static double Difference(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        double largest = 0;
        for (int i = 0; i < expected.Length; i++) largest = Math.Max(largest, Math.Abs(expected[i] - actual[i]));
        return largest;
    }

    /// <summary>Length of the difference relative to the length of the expected vector.</summary>
    public static double RelativeDistance(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        double difference = 0, length = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += ((double)expected[i] - actual[i]) * ((double)expected[i] - actual[i]);
            length += (double)expected[i] * expected[i];
        }

        return Math.Sqrt(difference / Math.Max(length, 1e-30));
    }
}
