using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture.Roadmap;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Recipes;

namespace ConvNeXt.Benchmarks.Roadmaps;

/// <summary>What is the same for all steps of a study: the size of networks and images, the recipe, folds and seeds.</summary>
/// <param name="Regime">The way of the paper.</param>
/// <param name="Divisor">By what all widths are divided.</param>
/// <param name="Side">Height and width of images in pixels.</param>
/// <param name="Epochs">Epochs of a run.</param>
/// <param name="Folds">Folds of the images; each run trains on all but one and is measured on that one.</param>
internal sealed record RoadmapSettings(RoadmapRegime Regime, int Divisor, int Side, int Epochs, int Folds)
{
    public const string Usage = "[--regime resnet50|resnet200] [--divisor 4] [--size 64] [--epochs 60] [--folds 5]";

    public static RoadmapSettings Of(Arguments arguments) => new(
        Enum.Parse<RoadmapRegime>(arguments.Text("regime") ?? nameof(RoadmapRegime.ResNet50), ignoreCase: true),
        arguments.Integer("divisor", 4), arguments.Integer("size", 64), arguments.Integer("epochs", 60), arguments.Integer("folds", 5));

    /// <summary>The columns of a line that say which study it belongs to.</summary>
    public string Key => FormattableString.Invariant($"{Regime},{Divisor},{Side},{Epochs},{Folds},");

    /// <summary>The steps at this size.</summary>
    /// <param name="classes">Number of classes.</param>
    public ImmutableArray<RoadmapStep> Steps(int classes)
    {
        RoadmapSize whole = Regime == RoadmapRegime.ResNet50 ? RoadmapSize.Tiny : RoadmapSize.Base;
        return Roadmap.Steps(Regime, whole.Narrowed(Divisor), classes);
    }

    /// <summary>The recipe of all steps, that for training from scratch on small data, without a choice of the best epoch.</summary>
    /// <param name="seed">Seed of weights, order and augmentation.</param>
    public TrainingOptions Options(int seed) => Recipe.SmallData.WithEpochs(Epochs).Training with
    {
        Preprocessing = ImagePreprocessing.ForSize(Side),
        Seed = seed,
        EvaluateEveryEpochs = Epochs,
    };
}
