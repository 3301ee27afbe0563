using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Distillation;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Engines;

/// <summary>A batch with a teacher's logits and feature maps, and what every engine has to do with it.</summary>
internal sealed class TeacherLessons : IDisposable
{
    public const double Temperature = 3, LabelWeight = 0.3, HintWeight = 0.5;

    /// <summary>float32 leaves about 1e-6 of a loss uncertain, 1e-4 of its differences.</summary>
    private const double Step = 4e-3, Absolute = 5e-4, Relative = 1e-2;

    private readonly TeacherObjective _objective;
    private readonly FeatureDistillation? _features;

    public TeacherLessons(TrainingEngineSettings settings, bool withFeatures)
    {
        Settings = settings;
        var random = new Random(31);
        _objective = new TeacherObjective(Temperature, LabelWeight, EngineInputs.BatchSize, settings.Config.ClassCount);
        Fill(_objective.Logits, random, 4);
        for (int i = 0; i < _objective.Weights.Length; i++) _objective.Weights[i] = 0.5f + (0.1f * i);
        if (!withFeatures) return;
        _features = new FeatureDistillation(new DistillationSettings { Hints = [new(3, 9, HintWeight), new(1, 5, HintWeight)] }, settings, _objective);
        foreach (float[] targets in _features.Targets) Fill(targets, random, 2);

        // Projections begin at zero, where no gradient flows into the network.
        WeightSet projections = _features.Export(ProjectionPart.Values);
        foreach (WeightTensor tensor in projections.Tensors) Fill(tensor.Values, random, 0.5f);
        _features.Import(ProjectionPart.Values, projections);
    }

    /// <summary>A small network of four stages.</summary>
    public static ConvNeXtConfig Config { get; } = new() { Depths = [1, 1, 2, 1], Widths = [8, 12, 16, 20], ClassCount = 7, LayerScaleInit = 0.5f };

    public TrainingEngineSettings Settings { get; }

    /// <summary>The gradients of the projections.</summary>
    public WeightSet ProjectionGradients => _features!.Export(ProjectionPart.Gradients);

    /// <summary>Accumulates the gradients of the batch; returns its whole loss.</summary>
    public double Learn(ITrainingEngine engine, int count = EngineInputs.BatchSize)
    {
        var batch = EngineInputs.Batch(Settings.Config, count);
        batch.Objective = (ITrainingObjective?)_features ?? _objective;
        return engine.AccumulateGradients(batch) + (HintWeight * (_features?.Losses.Sum() ?? 0));
    }

    /// <summary>The gradient of each tensor is the slope of the loss along it.</summary>
    public void AssertGradientsAreSlopes(ITrainingEngine engine)
    {
        Learn(engine);
        WeightSet gradients = engine.ExportGradients();
        foreach (WeightTensor gradient in gradients.Tensors)
        {
            double length = Math.Sqrt(gradient.Values.Sum(value => (double)value * value));
            Assert.IsTrue(length > 0, gradient.Name);
            double slope = (LossAt(Step / length) - LossAt(-Step / length)) / (2 * Step);
            Assert.AreEqual(slope, length, Absolute + (Relative * length), gradient.Name);

            double LossAt(double distance)
            {
                float[] values = Settings.Weights[gradient.Name].Values, before = [.. values];
                for (int i = 0; i < values.Length; i++) values[i] += (float)(distance * gradient.Values[i]);
                engine.ImportWeights(Settings.Weights);
                before.CopyTo(values, 0);
                double loss = Learn(engine);
                engine.ImportWeights(Settings.Weights);
                return loss;
            }
        }
    }

    public void Dispose() => _features?.Dispose();

    private static void Fill(float[] values, Random random, float scale)
    {
        for (int i = 0; i < values.Length; i++) values[i] = ((random.NextSingle() * 2) - 1) * scale;
    }
}
