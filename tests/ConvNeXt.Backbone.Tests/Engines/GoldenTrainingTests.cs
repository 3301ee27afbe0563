using System.Text.Json;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Kernels;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Engines;

[TestClass]
public sealed class GoldenTrainingTests
{
    private const double LossTolerance = 1e-5;
    private const double GradientTolerance = 1e-5;

    [TestMethod]
    [DataRow("fb_v1_small")]
    [DataRow("fb_v2_grn")]
    public void Gradients_EqualTheOfficialOnes(string name)
    {
        var golden = SafetensorsReader.Read(GoldenNetwork.File("train", $"{name}.grads.safetensors"));
        var batch = Batch(name);
        using var engine = Engine(name);
        engine.AccumulateGradients(batch);
        var gradients = engine.ExportGradients();
        foreach (var expected in golden.Tensors)
        {
            double error = GoldenNetwork.RelativeDistance(expected.Values, gradients[expected.Name].Values);
            Assert.IsTrue(error <= GradientTolerance, $"{expected.Name}: the gradient is off by {error:e2}, relative.");
        }
    }

    [TestMethod]
    [DataRow("fb_v1_small", 512)]
    [DataRow("fb_v1_small", 256)]
    [DataRow("fb_v1_small", 128)]
    [DataRow("fb_v1_small", 32)]
    [DataRow("fb_v2_grn", 512)]
    [DataRow("fb_v2_grn", 256)]
    [DataRow("fb_v2_grn", 128)]
    [DataRow("fb_v2_grn", 32)]
    public void FiveSteps_DescendTheOfficialLosses_AtEveryVectorWidth(string name, int bits)
    {
        if (bits > (int)SimdSupport.Best && bits > 128) Assert.Inconclusive($"This machine has no {bits}-bit registers.");
        double[] losses = [.. Json(name).GetProperty("loss_before_each_step").EnumerateArray().Select(value => value.GetDouble())];
        var batch = Batch(name);
        using var engine = Engine(name, (SimdWidth)bits);
        for (int step = 0; step < losses.Length; step++)
        {
            double loss = engine.AccumulateGradients(batch);
            Assert.AreEqual(losses[step], loss, LossTolerance, $"loss before step {step + 1}");
            engine.ApplyGradients(new OptimizerStep(LearningRate(name)));
        }
    }

    [TestMethod]
    [DataRow("fb_v1_small")]
    [DataRow("fb_v2_grn")]
    public void Logits_OfTrainingMode_AreGivenOut(string name)
    {
        using var file = SafetensorsFile.Open(GoldenNetwork.File("train", $"{name}.batch.safetensors"));
        var batch = Batch(name);
        using var engine = Engine(name);
        engine.AccumulateGradients(batch);
        Assert.IsTrue(GoldenNetwork.Difference(file.ReadDoubles("logits_step0_f64"), batch.Logits) <= 1e-5);
    }

    [TestMethod]
    [DataRow("fb_v1_small")]
    [DataRow("fb_v2_grn")]
    public void Parameters_AfterOneAndFiveSteps_EqualTheOfficialOnes(string name)
    {
        var firstGradients = SafetensorsReader.Read(GoldenNetwork.File("train", $"{name}.grads.safetensors"));
        var batch = Batch(name);
        using var engine = Engine(name);
        for (int step = 1; step <= 5; step++)
        {
            engine.AccumulateGradients(batch);
            engine.ApplyGradients(new OptimizerStep(LearningRate(name)));
            if (step is not (1 or 5)) continue;
            var actual = engine.ExportWeights();
            foreach (var expected in SafetensorsReader.Read(GoldenNetwork.File("train", $"{name}.params_step{step}.safetensors")).Tensors)
            {
                var gradient = firstGradients[expected.Name].Values;
                var values = actual[expected.Name].Values;
                for (int i = 0; i < values.Length; i++)
                {
                    // Adam divides tiny gradients by their own size; what is noise in them becomes visible.
                    double tolerance = Math.Abs(gradient[i]) > 1e-5 ? 5e-6 : 2e-4;
                    Assert.AreEqual(expected.Values[i], values[i], tolerance, $"{expected.Name}[{i}] after {step} step(s)");
                }
            }
        }
    }

    [TestMethod]
    [DataRow("fb_v1_small")]
    [DataRow("fb_v2_grn")]
    public void Average_AfterFiveSteps_EqualsTheOfficialOne_AndIsWhatScoresWhenAsked(string name)
    {
        var firstGradients = SafetensorsReader.Read(GoldenNetwork.File("train", $"{name}.grads.safetensors"));
        var batch = Batch(name);
        using var engine = Engine(name, averageDecay: Json(name).GetProperty("ema_decay").GetDouble());
        for (int step = 1; step <= 5; step++)
        {
            engine.AccumulateGradients(batch);
            engine.ApplyGradients(new OptimizerStep(LearningRate(name)));
        }

        var average = engine.ExportWeights(average: true);
        foreach (var expected in SafetensorsReader.Read(GoldenNetwork.File("train", $"{name}.ema_step5.safetensors")).Tensors)
        {
            float[] gradient = firstGradients[expected.Name].Values, values = average[expected.Name].Values;
            for (int i = 0; i < values.Length; i++) Assert.AreEqual(expected.Values[i], values[i], Math.Abs(gradient[i]) > 1e-5 ? 5e-6 : 2e-4, $"{expected.Name}[{i}]");
        }

        int classes = engine.Config.ClassCount;
        float[] scored = new float[batch.Count * classes], alone = new float[scored.Length], current = new float[scored.Length];
        engine.Score(batch.Images, batch.Count, batch.Height, batch.Width, scored, average: true);
        engine.Score(batch.Images, batch.Count, batch.Height, batch.Width, current);
        using var scorer = new ManagedScoringEngine(engine.Config, average);
        scorer.Score(batch.Images, batch.Count, batch.Height, batch.Width, alone);
        CollectionAssert.AreEqual(alone, scored);
        CollectionAssert.AreNotEqual(current, scored);
    }

    private static double LearningRate(string name) => Json(name).GetProperty("optimizer").GetProperty("lr").GetDouble();

    private static JsonElement Json(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(GoldenNetwork.File("train", $"{name}.json")));
        return json.RootElement.Clone();
    }

    private static TrainingBatch Batch(string name)
    {
        using var file = SafetensorsFile.Open(GoldenNetwork.File("train", $"{name}.batch.safetensors"));
        var (images, count, height, width) = GoldenNetwork.Images(file, "images");
        var targets = file.ReadSingles("targets");
        return new TrainingBatch { Images = images, Targets = targets, Logits = new float[targets.Length], Count = count, Height = height, Width = width };
    }

    private static ManagedTrainingEngine Engine(string name, SimdWidth? simd = null, double? averageDecay = null)
    {
        var rules = new Dictionary<string, ParameterRule>();
        foreach (var group in Json(name).GetProperty("param_groups").EnumerateArray())
            foreach (var parameter in group.GetProperty("params").EnumerateArray())
                rules.Add(parameter.GetString()!, new ParameterRule(group.GetProperty("weight_decay").GetDouble(), group.GetProperty("lr_scale").GetDouble()));

        // The weights of fb_v1_small lie with its forward case.
        var weights = Json(name).TryGetProperty("initial_weights", out var file) && !file.GetString()!.Contains('/', StringComparison.Ordinal)
            ? SafetensorsReader.Read(GoldenNetwork.File("train", file.GetString()!))
            : GoldenNetwork.Weights(name);
        var settings = new TrainingEngineSettings
        {
            Config = ConfigDetector.Detect(weights, name),
            Weights = weights,
            BatchSize = 4,
            Height = 64,
            Width = 64,
            Rules = rules,
            AverageDecay = averageDecay,
        };
        return new ManagedTrainingEngine(settings, simd ?? SimdSupport.Best);
    }
}
