using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Explanation;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Tests.Engines;

namespace ConvNeXt.Tests.Explanation;

/// <summary>Gradients of a logit with respect to feature maps, in closed form and by backward, against finite differences; and Grad-CAM.</summary>
[TestClass]
public sealed class GradCamTests
{
    private const int Height = 96, Width = 64, Label = 2;

    public static IEnumerable<object[]> Networks => NetworkVariants.Names;

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void ClosedForm_EqualsFiniteDifferencesOfTheHead(string name)
    {
        const float Step = 1f / 64;
        ConvNeXtConfig config = NetworkVariants.Get(name);
        var head = new HeadGradient(config, EngineInputs.Weights(config));
        var random = new Random(4);
        int channels = config.Widths[^1];
        const int Pixels = 6;
        float[] map = [.. Enumerable.Range(0, Pixels * channels).Select(_ => (random.NextSingle() * 4) - 2)];

        double[] mean = head.ComputeMean(map, Label);
        for (int channel = 0; channel < channels; channel++)
        {
            double expected = (LogitAt(channel, Step) - LogitAt(channel, -Step)) / (2 * Step) / Pixels;
            Assert.AreEqual(expected, mean[channel], 1e-5 + (1e-3 * Math.Abs(expected)), $"channel {channel}");
        }

        double LogitAt(int channel, float distance)
        {
            float[] moved = [.. map];
            for (int pixel = 0; pixel < Pixels; pixel++) moved[(pixel * channels) + channel] += distance;
            return head.ComputeLogits(moved)[Label];
        }
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void ClosedForm_HasTheLogitsOfTheNetwork_AndTheGradientOfBackward(string name)
    {
        ConvNeXtConfig config = NetworkVariants.Get(name);
        WeightSet weights = EngineInputs.Weights(config);
        float[] image = EngineInputs.Pixels(1, Height, Width), logits = new float[config.ClassCount];
        int last = config.Depths.Length - 1;
        using var engine = new ManagedScoringEngine(config, weights);
        engine.Score(image, 1, Height, Width, logits);
        using var backward = new StageGradient(config, weights, Height, Width);
        var (map, expected, label) = backward.Compute(image, last, _ => Label);

        var head = new HeadGradient(config, weights);
        double[] computed = head.ComputeLogits(map), mean = head.ComputeMean(map, Label);
        Assert.AreEqual(Label, label);
        for (int i = 0; i < logits.Length; i++) Assert.AreEqual(logits[i], computed[i], 1e-3, $"logit {i}");
        double scale = expected.Max(Math.Abs);
        for (int i = 0; i < mean.Length; i++) Assert.AreEqual(expected[i], mean[i], 1e-4 * scale, $"channel {i}");
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Backward_EqualsFiniteDifferencesOfTheNetwork_AtEveryStage(string name)
    {
        // The bias of a stage's last layer moves all pixels of a channel of its output, by the layer scale if there is one.
        const float Step = 4e-3f;
        ConvNeXtConfig config = NetworkVariants.Get(name);
        WeightSet weights = EngineInputs.Weights(config);
        float[] image = EngineInputs.Pixels(1, Height, Width);
        using var backward = new StageGradient(config, weights, Height, Width);
        for (int stage = 0; stage < config.Depths.Length; stage++)
        {
            var (map, mean, _) = backward.Compute(image, stage, _ => Label);
            string block = ParameterTable.BlockName(config, stage, config.Depths[stage] - 1);
            float[] bias = weights[$"{block}.pwconv2.bias"].Values;
            float[]? gamma = weights.TryGet($"{block}.gamma", out WeightTensor? scale) ? scale.Values : null;
            int pixels = map.Length / mean.Length;
            double tolerance = 2e-2 * mean.Max(Math.Abs);
            foreach (int channel in (int[])[0, mean.Length / 2, mean.Length - 1])
            {
                // A step of the same length in the output, whatever the layer scale.
                float distance = Step / (gamma?[channel] ?? 1);
                double expected = (LogitAt(bias, channel, distance) - LogitAt(bias, channel, -distance)) / (2 * Step) / pixels;
                Assert.AreEqual(expected, mean[channel], tolerance, $"stage {stage}, channel {channel}");
            }
        }

        double LogitAt(float[] bias, int channel, float distance)
        {
            float before = bias[channel];
            bias[channel] += distance;
            using var engine = new ManagedScoringEngine(config, weights);
            bias[channel] = before;
            float[] logits = new float[config.ClassCount];
            engine.Score(image, 1, Height, Width, logits);
            return logits[Label];
        }
    }

    [TestMethod]
    public void Combine_WeighsChannels_DropsNegativeSums_AndScalesTheLargestTo1()
    {
        float[] map = [1, 0, 0, 1, 3, 1];
        CollectionAssert.AreEqual(new float[] { 0.5f, 0, 1 }, GradCam.Combine(map, [2.0, -2.0]));
        CollectionAssert.AreEqual(new float[] { 0, 0, 0 }, GradCam.Combine(map, [-1.0, -1.0]));
    }
}
