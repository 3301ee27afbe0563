using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Tests.Engines;

/// <summary>Gradients of whole networks of which no official ones are recorded, against finite differences of the loss.</summary>
[TestClass]
public sealed class VariantGradientTests
{
    private const float Step = 4e-3f;

    /// <summary>float32 leaves about 1e-6 of a loss uncertain, 1e-4 of its differences.</summary>
    private const double Absolute = 5e-4, Relative = 1e-2;

    [TestMethod]
    [DataRow("fb_v1_isotropic_layerscale", 1e-6f)]
    [DataRow("timm_atto_ols_like", 1e-6f)]
    [DataRow("timm_tiny_hnf_like", 1e-6f)]
    [DataRow("timm_large_mlp_head_like", 1e-6f)]
    [DataRow("timm_v2_linear", 0.3f)]
    public void Gradients_AreTheSlopesOfTheLoss_AlongThemselvesAndAnyOtherWay(string name, float epsilon)
    {
        using var file = SafetensorsFile.Open(GoldenNetwork.File("forward", $"{name}.cases.safetensors"));
        var (images, count, height, width) = GoldenNetwork.Images(file, "50x70.input");
        var config = GoldenNetwork.Config(name) with { NormEpsilon = epsilon };
        var weights = GoldenNetwork.Weights(name);
        var batch = new TrainingBatch
        {
            Images = images,
            Targets = [.. Enumerable.Range(0, count * config.ClassCount).Select(i => i % config.ClassCount == 3 ? 0.7f : 0.3f / (config.ClassCount - 1))],
            Count = count,
            Height = height,
            Width = width,
        };
        using var engine = new ManagedTrainingEngine(new TrainingEngineSettings
        {
            Config = config,
            Weights = weights,
            BatchSize = count,
            Height = height,
            Width = width,
            Rules = weights.Tensors.ToDictionary(tensor => tensor.Name, _ => new ParameterRule(0)),
        });
        engine.AccumulateGradients(batch);
        var random = new Random(5);
        foreach (var tensor in engine.ExportGradients().Tensors)
        {
            CheckSlope(tensor, tensor.Values);
            CheckSlope(tensor, [.. tensor.Values.Select(_ => random.NextSingle() - 0.5f)]);
        }

        void CheckSlope(WeightTensor gradient, float[] direction)
        {
            double length = Math.Sqrt(direction.Sum(value => (double)value * value));
            if (length == 0) return;
            double expected = (LossAt(Step / length) - LossAt(-Step / length)) / (2 * Step);
            double computed = gradient.Values.Zip(direction, (value, along) => (double)value * along).Sum() / length;
            Assert.AreEqual(expected, computed, Absolute + (Relative * Math.Abs(computed)), $"{name}: {gradient.Name}");

            double LossAt(double distance)
            {
                var values = weights[gradient.Name].Values;
                float[] before = [.. values];
                for (int i = 0; i < values.Length; i++) values[i] += (float)(distance * direction[i]);
                engine.ImportWeights(weights);
                before.CopyTo(values, 0);
                return engine.AccumulateGradients(batch);
            }
        }
    }
}
