using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Distillation;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Engines;

/// <summary>Learning from a teacher's pooled features and maps: gradients against finite differences of the whole objective, and that it is learned.</summary>
[TestClass]
public sealed class FeatureDistillationTests
{
    private const float Step = 4e-3f;

    /// <summary>float32 leaves about 1e-6 of a loss uncertain, 1e-4 of its differences.</summary>
    private const double Absolute = 5e-4, Relative = 1e-2;

    private const double MapWeight = 0.5, HintWeight = 0.25;
    private const int Outputs = 7, MapChannels = 18, HintChannels = 5;

    private static readonly ConvNeXtConfig _config = new()
    {
        Name = "small",
        Depths = [1, 1, 2, 1],
        Widths = [8, 12, 16, 20],
        ClassCount = Outputs,
        LayerScaleInit = 0.5f,
    };

    [TestMethod]
    public void Gradients_OfNetworkAndProjections_AreTheSlopesOfTheWholeObjective()
    {
        var settings = Settings();
        using var engine = new ManagedTrainingEngine(settings);
        using var distillation = Distillation(settings);
        var projections = Shifted(distillation.Export(ProjectionPart.Values));
        distillation.Import(ProjectionPart.Values, projections);
        var batch = Batch();
        engine.AccumulateGradients(batch, distillation);
        WeightSet ofNetwork = engine.ExportGradients(), ofProjections = distillation.Export(ProjectionPart.Gradients);
        foreach (var gradient in ofNetwork.Tensors) CheckSlope(gradient, settings.Weights, () => engine.ImportWeights(settings.Weights));
        foreach (var gradient in ofProjections.Tensors) CheckSlope(gradient, projections, () => distillation.Import(ProjectionPart.Values, projections));

        void CheckSlope(WeightTensor gradient, WeightSet weights, Action import)
        {
            double length = Math.Sqrt(gradient.Values.Sum(value => (double)value * value));
            Assert.IsTrue(length > 0, gradient.Name);
            double slope = (LossAt(Step / length) - LossAt(-Step / length)) / (2 * Step);
            Assert.AreEqual(slope, length, Absolute + (Relative * length), gradient.Name);

            double LossAt(double distance)
            {
                float[] values = weights[gradient.Name].Values, before = [.. values];
                for (int i = 0; i < values.Length; i++) values[i] += (float)(distance * gradient.Values[i]);
                import();
                before.CopyTo(values, 0);
                double loss = engine.AccumulateGradients(batch, distillation);
                import();
                return loss + (MapWeight * distillation.Losses[0]) + (HintWeight * distillation.Losses[1]);
            }
        }
    }

    [TestMethod]
    public void Steps_MakeAllLossesSmaller()
    {
        var settings = Settings();
        using var engine = new ManagedTrainingEngine(settings);
        using var distillation = Distillation(settings);
        var batch = Batch();
        double[] first = Losses(), last = first;
        for (int step = 0; step < 60; step++)
        {
            engine.ApplyGradients(new OptimizerStep { LearningRate = 5e-3 });
            distillation.ApplyGradients(5e-3);
            last = Losses();
        }

        for (int i = 0; i < first.Length; i++) Assert.IsTrue(last[i] < 0.8 * first[i], $"loss {i}: {first[i]} became {last[i]}.");

        double[] Losses() => [engine.AccumulateGradients(batch, distillation), .. distillation.Losses];
    }

    [TestMethod]
    public void State_OfProjections_TravelsToAnotherObjective()
    {
        var settings = Settings();
        using var engine = new ManagedTrainingEngine(settings);
        using FeatureDistillation one = Distillation(settings), other = Distillation(settings);
        var batch = Batch();
        engine.AccumulateGradients(batch, one);
        one.ApplyGradients(1e-2);
        foreach (var part in new[] { ProjectionPart.Values, ProjectionPart.FirstMoments, ProjectionPart.SecondMoments }) other.Import(part, one.Export(part));
        other.Steps = one.Steps;
        foreach (var objective in new[] { one, other })
        {
            engine.AccumulateGradients(batch, objective);
            objective.ApplyGradients(1e-2);
        }

        foreach (var tensor in one.Export(ProjectionPart.Values).Tensors)
            CollectionAssert.AreEqual(tensor.Values, other.Export(ProjectionPart.Values)[tensor.Name].Values, tensor.Name);
    }

    [TestMethod]
    public void TwoHintsForOneStage_AreRefused() =>
        Assert.ThrowsExactly<ArgumentException>(() => new FeatureDistillation(new DistillationSettings { Hints = [new(3, 4, 1), new(3, 5, 1)] }, Settings()));

    private static TrainingEngineSettings Settings() => EngineInputs.Settings(_config);

    private static FeatureDistillation Distillation(TrainingEngineSettings settings)
    {
        var distillation = new FeatureDistillation(new DistillationSettings { Hints = [new(3, MapChannels, MapWeight), new(2, HintChannels, HintWeight)] }, settings);
        var random = new Random(21);
        foreach (float[] targets in distillation.Targets)
            for (int i = 0; i < targets.Length; i++) targets[i] = (random.NextSingle() * 2) - 1;
        return distillation;
    }

    private static TrainingBatch Batch()
    {
        var random = new Random(22);
        return new TrainingBatch
        {
            Images = EngineInputs.Pixels(EngineInputs.BatchSize, EngineInputs.Height, EngineInputs.Width),
            Targets = [.. Enumerable.Range(0, EngineInputs.BatchSize * Outputs).Select(_ => (random.NextSingle() * 2) - 1)],
            Count = EngineInputs.BatchSize,
            Height = EngineInputs.Height,
            Width = EngineInputs.Width,
        };
    }

    // Projections begin at zero, where no gradient flows into the network.
    private static WeightSet Shifted(WeightSet weights)
    {
        var random = new Random(23);
        foreach (float[] values in weights.Tensors.Select(tensor => tensor.Values))
            for (int i = 0; i < values.Length; i++) values[i] += (random.NextSingle() - 0.5f) * 0.4f;
        return weights;
    }
}
