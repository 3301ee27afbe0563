using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.Tests.Engines;

namespace ConvNeXt.Tests;

[TestClass]
public sealed class GoldenTrainingTests
{
    [TestMethod]
    [DataRow("fb_v1_small")]
    [DataRow("fb_v2_grn")]
    public void FiveSteps_EqualTheOfficialOnes_InLossesGradientsWeightsAndAverage(string name)
    {
        double[] losses = GoldenTraining.Losses(name);
        var batch = GoldenTraining.Batch(name);
        using var file = SafetensorsFile.Open(GoldenNetwork.File("train", $"{name}.batch.safetensors"));
        using var engine = new TorchTrainingEngine(GoldenTraining.Settings(name) with { AverageDecay = GoldenTraining.AverageDecay(name) });
        for (int step = 1; step <= 5; step++)
        {
            double loss = engine.AccumulateGradients(batch);
            Assert.AreEqual(losses[step - 1], loss, 1e-5, $"loss before step {step}");
            if (step == 1)
            {
                Assert.IsTrue(GoldenNetwork.Difference(file.ReadDoubles("logits_step0_f64"), batch.Logits) <= 1e-5);
                GoldenTraining.CompareGradients(name, engine.ExportGradients());
            }

            engine.ApplyGradients(new OptimizerStep(GoldenTraining.LearningRate(name)));
            if (step is 1 or 5) GoldenTraining.CompareWeights(name, $"params_step{step}", engine.ExportWeights());
        }

        GoldenTraining.CompareWeights(name, "ema_step5", engine.ExportWeights(average: true));
    }

    [TestMethod]
    public void LogitsOfTrainingMode_EqualTheOfficialOnes_ForTheSameDropPathDraws()
    {
        var config = new ConvNeXtConfig { Name = "drop_path", Depths = [1, 1, 2, 1], Widths = [8, 12, 16, 24], ClassCount = 6, DropPathRate = 0.5f };
        using var file = SafetensorsFile.Open(GoldenNetwork.File("train", "fb_v1_drop_path.safetensors"));
        var (images, count, height, width) = GoldenNetwork.Images(file, "input");
        var weights = new WeightSet();
        foreach (var parameter in ParameterTable.Of(config)) weights.Add(new WeightTensor(parameter.Name, parameter.Shape, file.ReadSingles($"weights.{parameter.Name}")));
        using var engine = new TorchTrainingEngine(new TrainingEngineSettings
        {
            Config = config,
            Weights = weights,
            BatchSize = count,
            Height = height,
            Width = width,
            Rules = weights.Tensors.ToDictionary(tensor => tensor.Name, _ => new ParameterRule(0)),
        });
        var logits = new float[count * config.ClassCount];
        engine.AccumulateGradients(new TrainingBatch
        {
            Images = images,
            Targets = new float[logits.Length],
            DropPathDraws = [.. new float[count], .. file.ReadDoubles("uniform_draws").Select(draw => (float)draw)], // the first block's rate is 0: no draws are recorded
            Logits = logits,
            Count = count,
            Height = height,
            Width = width,
        });
        Assert.IsTrue(GoldenNetwork.Difference(file.ReadDoubles("logits_train_f64"), logits) <= 1e-5);
    }
}
