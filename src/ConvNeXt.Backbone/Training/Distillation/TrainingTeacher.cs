using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training.Distillation;

/// <summary>A trained classifier that a student learns from, and how.</summary>
internal sealed record TrainingTeacher
{
    /// <summary>The teacher's network.</summary>
    public required ConvNeXtConfig Config { get; init; }

    /// <summary>All of its weights.</summary>
    public required WeightSet Weights { get; init; }

    /// <summary>Image size, mean and deviation that it was trained with.</summary>
    public required ImagePreprocessing Preprocessing { get; init; }

    /// <summary>For each class of the student, the teacher's class; null if both are the same.</summary>
    public ImmutableArray<int>? Classes { get; init; }

    /// <summary>Divisor of its logits that calibrates its probabilities; 1 if it is not calibrated.</summary>
    public double Calibration { get; init; } = 1;

    /// <summary>How the student learns.</summary>
    public required DistillationOptions Options { get; init; }

    /// <summary>Stages whose maps are learned; empty for none.</summary>
    public ImmutableArray<int> StagesFor(ConvNeXtConfig student) =>
        Options.FeatureWeight == 0 ? [] : Options.FeatureStages is { } stages ? [.. stages.Order()] : [student.Depths.Length - 1];

    /// <summary>Checks that a student can learn from this teacher.</summary>
    /// <exception cref="ArgumentException">Classes, stages, map sizes or training options do not fit; the message says why.</exception>
    public void Check(ConvNeXtConfig student, TrainingOptions training)
    {
        Options.Validate();
        if (Config.ClassCount != student.ClassCount)
            throw new ArgumentException($"The teacher has {Config.ClassCount} classes, the student {student.ClassCount}; they must have the same.");
        var stages = StagesFor(student);
        if (stages.IsEmpty) return;
        if (training.LinearProbe)
        {
            throw new ArgumentException(
                $"{nameof(DistillationOptions.FeatureWeight)} has no effect with {nameof(TrainingOptions.LinearProbe)}, which trains only the classifier; set it to 0.");
        }
        var (height, width) = (training.TrainingPreprocessing.Height, training.TrainingPreprocessing.Width);
        if ((Preprocessing.Height, Preprocessing.Width) != (height, width))
        {
            throw new ArgumentException(
                $"The teacher's images have {Preprocessing.Height} x {Preprocessing.Width} pixels, the student's training images {height} x {width}; to learn "
                + $"features ({nameof(DistillationOptions.FeatureWeight)} above 0) they must have the same size. Change the size, or set "
                + $"{nameof(TrainingOptions.TrainingImageScale)} to 1.");
        }
        foreach (int stage in stages)
        {
            if (stage >= student.Depths.Length || stage >= Config.Depths.Length)
                throw new ArgumentException($"Stage {stage} does not exist: the student has {student.Depths.Length} stages, the teacher {Config.Depths.Length}.");
            FeatureShape wanted = FeatureShape.OfStage(Config, stage, 1, height, width), given = FeatureShape.OfStage(student, stage, 1, height, width);
            if ((wanted.Height, wanted.Width) == (given.Height, given.Width)) continue;
            throw new ArgumentException(
                $"At stage {stage} the teacher's map is {wanted.Height} x {wanted.Width}, the student's {given.Height} x {given.Width}; they must be equal.");
        }
    }
}
