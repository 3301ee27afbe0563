using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Distillation;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Tests.Engines;

namespace ConvNeXt.Tests.Training.Distillation;

/// <summary>A small student, a wider teacher, and images of which some have no label.</summary>
internal static class Lessons
{
    public const int Images = 12, BatchSize = 4;

    public static ConvNeXtConfig Student { get; } = new() { Depths = [1, 1, 1, 1], Widths = [8, 12, 16, 24], ClassCount = 3, DropPathRate = 0.2f, LayerScaleInit = 0.1f };

    public static ConvNeXtConfig Wider { get; } = new() { Depths = [1, 1, 2, 1], Widths = [12, 16, 24, 28], ClassCount = 3, LayerScaleInit = null };

    /// <summary>A teacher that knows nothing in particular.</summary>
    public static TrainingTeacher Teacher { get; } = new()
    {
        Config = Wider,
        Weights = EngineInputs.Weights(Wider),
        Preprocessing = ImagePreprocessing.ForSize(32) with { Mean = new RgbTriple(0.4f, 0.5f, 0.6f) },
        Classes = [2, 0, 1],
        Options = new DistillationOptions(),
    };

    public static TrainingOptions Options { get; } = new()
    {
        Epochs = 3,
        WarmupEpochs = 1,
        BatchSize = BatchSize,
        AccumulateBatches = 1,
        Preprocessing = ImagePreprocessing.ForSize(32),
        Seed = 5,
    };

    /// <summary>Options that show each image in one view.</summary>
    public static TrainingOptions Fixed { get; } = Options with { Crop = null, HorizontalFlip = 0 };

    public static TrainingSession Session(
        TrainingOptions options, TrainingTeacher? teacher, ILabeledImageSource? images = null, TrainingEngineFactory? createEngine = null, ScoringEngineFactory? createTeacher = null) =>
        new(Student, createEngine is null ? null : WeightInitializer.Create(Student, seed: 1), options, images ?? new SyntheticImages(Images, 3), validation: null, createEngine, teacher) { CreateScoringEngine = createTeacher };
}

/// <summary>Images of which only some keep their label.</summary>
internal sealed class PartlyLabeled(ILabeledImageSource images, Func<int, bool> hasLabel) : ILabeledImageSource
{
    public int Count => images.Count;

    public int LabelOf(int index) => hasLabel(index) ? images.LabelOf(index) : ILabeledImageSource.Unlabeled;

    public RgbImage Load(int index) => images.Load(index);

    public string DescribeItem(int index) => images.DescribeItem(index);
}

/// <summary>A teacher's engine that writes down the pixels it is asked about.</summary>
internal sealed class RecordingTeacher(ConvNeXtConfig config, WeightSet weights, List<float[]> calls) : IScoringEngine
{
    private readonly ManagedScoringEngine _engine = new(config, weights);

    public ConvNeXtConfig Config => _engine.Config;

    public int FeatureCount => _engine.FeatureCount;

    public void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits)
    {
        calls.Add(images[..(count * height * width * 3)].ToArray());
        _engine.Score(images, count, height, width, logits);
    }

    public void Featurize(ReadOnlySpan<float> images, int count, int height, int width, Span<float> features) => _engine.Featurize(images, count, height, width, features);

    public void FeatureMap(ReadOnlySpan<float> images, int count, int height, int width, int stage, Span<float> map) => _engine.FeatureMap(images, count, height, width, stage, map);

    public (int Height, int Width, int Channels) FeatureMapShape(int height, int width, int stage) => _engine.FeatureMapShape(height, width, stage);

    public void Dispose() => _engine.Dispose();
}
