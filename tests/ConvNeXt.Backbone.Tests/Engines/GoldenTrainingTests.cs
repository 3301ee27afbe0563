using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Tests.Engines;

[TestClass]
public sealed class GoldenTrainingTests
{
    private const double LossTolerance = 1e-5;

    [TestMethod]
    [DataRow("fb_v1_small")]
    [DataRow("fb_v2_grn")]
    public void Gradients_EqualTheOfficialOnes(string name)
    {
        var batch = GoldenTraining.Batch(name);
        using var engine = Engine(name);
        engine.AccumulateGradients(batch);
        GoldenTraining.CompareGradients(name, engine.ExportGradients());
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
        double[] losses = GoldenTraining.Losses(name);
        var batch = GoldenTraining.Batch(name);
        using var engine = Engine(name, (SimdWidth)bits);
        for (int step = 0; step < losses.Length; step++)
        {
            double loss = engine.AccumulateGradients(batch);
            Assert.AreEqual(losses[step], loss, LossTolerance, $"loss before step {step + 1}");
            engine.ApplyGradients(new OptimizerStep(GoldenTraining.LearningRate(name)));
        }
    }

    [TestMethod]
    [DataRow("fb_v1_small")]
    [DataRow("fb_v2_grn")]
    public void Logits_OfTrainingMode_AreGivenOut(string name)
    {
        using var file = SafetensorsFile.Open(GoldenNetwork.File("train", $"{name}.batch.safetensors"));
        var batch = GoldenTraining.Batch(name);
        using var engine = Engine(name);
        engine.AccumulateGradients(batch);
        Assert.IsTrue(GoldenNetwork.Difference(file.ReadDoubles("logits_step0_f64"), batch.Logits) <= 1e-5);
    }

    [TestMethod]
    [DataRow("fb_v1_small")]
    [DataRow("fb_v2_grn")]
    public void Parameters_AfterOneAndFiveSteps_EqualTheOfficialOnes(string name)
    {
        var batch = GoldenTraining.Batch(name);
        using var engine = Engine(name);
        for (int step = 1; step <= 5; step++)
        {
            engine.AccumulateGradients(batch);
            engine.ApplyGradients(new OptimizerStep(GoldenTraining.LearningRate(name)));
            if (step is not (1 or 5)) continue;
            GoldenTraining.CompareWeights(name, $"params_step{step}", engine.ExportWeights());
        }
    }

    [TestMethod]
    [DataRow("fb_v1_small")]
    [DataRow("fb_v2_grn")]
    public void WayOfTheParameters_InFiveSteps_IsTheOfficialOne(string name)
    {
        var ways = SafetensorsReader.Read(GoldenNetwork.File("train", $"{name}.delta_step5.safetensors"));
        var batch = GoldenTraining.Batch(name);
        using var engine = Engine(name);
        var before = engine.ExportWeights();
        for (int step = 1; step <= 5; step++)
        {
            engine.AccumulateGradients(batch);
            engine.ApplyGradients(new OptimizerStep(GoldenTraining.LearningRate(name)));
        }

        // Large weights hide small changes; the way itself does not. A thousandth of it is what the noise of tiny gradients comes to.
        double difference = 0, length = 0;
        foreach (var tensor in engine.ExportWeights().Tensors)
        {
            float[] start = before[tensor.Name].Values, expected = ways[tensor.Name].Values;
            for (int i = 0; i < start.Length; i++)
            {
                difference += Math.Pow(expected[i] - ((double)tensor.Values[i] - start[i]), 2);
                length += (double)expected[i] * expected[i];
            }
        }

        Assert.IsTrue(Math.Sqrt(difference / length) <= 1e-3, $"{Math.Sqrt(difference / length):e2}");
    }

    [TestMethod]
    [DataRow("fb_v1_small")]
    [DataRow("fb_v2_grn")]
    public void Average_AfterFiveSteps_EqualsTheOfficialOne_AndIsWhatScoresWhenAsked(string name)
    {
        var batch = GoldenTraining.Batch(name);
        using var engine = Engine(name, averageDecay: GoldenTraining.AverageDecay(name));
        for (int step = 1; step <= 5; step++)
        {
            engine.AccumulateGradients(batch);
            engine.ApplyGradients(new OptimizerStep(GoldenTraining.LearningRate(name)));
        }

        var average = engine.ExportWeights(average: true);
        GoldenTraining.CompareWeights(name, "ema_step5", average);
        int classes = engine.Config.ClassCount;
        float[] scored = new float[batch.Count * classes], alone = new float[scored.Length], current = new float[scored.Length];
        engine.Score(batch.Images, batch.Count, batch.Height, batch.Width, scored, average: true);
        engine.Score(batch.Images, batch.Count, batch.Height, batch.Width, current);
        using var scorer = new ManagedScoringEngine(engine.Config, average);
        scorer.Score(batch.Images, batch.Count, batch.Height, batch.Width, alone);
        Assert.IsTrue(GoldenNetwork.Difference([.. alone.Select(value => (double)value)], scored) <= 1e-5);
        CollectionAssert.AreNotEqual(current, scored);
    }

    private static ManagedTrainingEngine Engine(string name, SimdWidth? simd = null, double? averageDecay = null) =>
        new(GoldenTraining.Settings(name) with { AverageDecay = averageDecay }, simd ?? SimdSupport.Best);
}
