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
    private const double WeightDecay = 0.05, Beta2 = 0.99, MostAverageDecay = 0.999;
    private const float LayerScale = 0.1f;

    /// <summary>Part of a short run that the average of the weights looks back on.</summary>
    private const double AveragePart = 0.1;

    public static ConvNeXtConfig Config { get; } = ConvNeXtArchitectures.Get(ConvNeXtVariant.Atto) with { ClassCount = TeacherNetwork.MapChannels, LayerScaleInit = LayerScale };

    /// <summary>What the engine is made from.</summary>
    public static TrainingEngineSettings Engine(RunSettings settings) => new()
    {
        Config = Config,
        Weights = settings.Start is { } start ? WeightFile.ReadAll(start) : WeightInitializer.Create(Config, settings.Seed),
        BatchSize = settings.BatchSize,
        Height = settings.Side,
        Width = settings.Side,
        Rules = ParameterRules.Create(Config, WeightDecay),
        Beta2 = Beta2,
        AverageDecay = settings.Pictures is { } pictures ? Math.Min(MostAverageDecay, 1 - (settings.BatchSize / (AveragePart * pictures))) : MostAverageDecay,
    };

    /// <summary>Maps of the teacher for the last two stages.</summary>
    public static DistillationSettings Distillation(RunSettings settings) => new()
    {
        Hints = [new FeatureHint(3, TeacherNetwork.MapChannels, settings.MapWeight), new FeatureHint(2, TeacherNetwork.HintChannels, settings.HintWeight)],
        WeightDecay = WeightDecay,
    };
}
