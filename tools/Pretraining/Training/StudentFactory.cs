using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Distillation;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Pretraining.Shards;
using ConvNeXt.Pretraining.Teacher;

namespace ConvNeXt.Pretraining.Training;

/// <summary>The student: ConvNeXt-Atto with an output for each of the teacher's features, and what it learns from.</summary>
internal static class StudentFactory
{
    private const double WeightDecay = 0.05, Beta2 = 0.99, AverageDecay = 0.999;
    private const float LayerScale = 0.1f;

    /// <summary>Factors of the losses on the last map and on the one before it; that on the pooled features is 1.</summary>
    private const double MapWeight = 0.5, HintWeight = 0.25;

    public static ConvNeXtConfig Config { get; } = ConvNeXtArchitectures.Get(ConvNeXtVariant.Atto) with { ClassCount = TeacherNetwork.MapChannels, LayerScaleInit = LayerScale };

    /// <summary>What the engine is made from.</summary>
    public static TrainingEngineSettings Engine(RunSettings settings) => new()
    {
        Config = Config,
        Weights = settings.Start is { } start ? WeightFile.ReadAll(start) : WeightInitializer.Create(Config, settings.Seed),
        BatchSize = settings.BatchSize,
        Height = CropRecord.Side,
        Width = CropRecord.Side,
        Rules = ParameterRules.Create(Config, WeightDecay),
        Beta2 = Beta2,
        AverageDecay = AverageDecay,
    };

    /// <summary>Maps of the teacher for the last two stages.</summary>
    public static DistillationSettings Distillation { get; } = new()
    {
        Hints = [new FeatureHint(3, TeacherNetwork.MapChannels, MapWeight), new FeatureHint(2, TeacherNetwork.HintChannels, HintWeight)],
        WeightDecay = WeightDecay,
    };
}
