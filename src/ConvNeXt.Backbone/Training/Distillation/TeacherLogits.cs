using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.Backbone.Training.Distillation;

/// <summary>The teacher's logits for all training images, computed once where the student sees each image in one fixed view.</summary>
internal sealed class TeacherLogits
{
    private readonly float[]?[] _logits;
    private readonly int _classes;

    private TeacherLogits(float[]?[] logits, int classes) => (_logits, _classes) = (logits, classes);

    internal long Bytes => (long)_classes * sizeof(float) * _logits.Count(logits => logits is not null);

    /// <summary>Whether each image looks the same in all epochs: a linear probe, or training without augmentation and mixing.</summary>
    internal static bool AreFixed(TrainingOptions options) => options.LinearProbe || options is
    {
        Crop: null, HorizontalFlip: 0, AnyOrientation: false, RandAugment: null, ColorJitter: null, RandomErasing: null, Mixup: null,
    };

    /// <summary>Computes the logits in batches.</summary>
    internal static TeacherLogits Compute(TeacherScorer teacher, int classes, TrainingOptions options, ImageSet train, int loaderThreads, Action checkAlive)
    {
        var logits = new float[train.Labels.Length][];
        var results = new float[options.BatchSize * classes];
        TeacherPass.Run(options, train, train.Items, loaderThreads, checkAlive, (items, pixels) =>
        {
            teacher.Score(pixels, items.Length, results);
            for (int image = 0; image < items.Length; image++) logits[items[image]] = results[(image * classes)..((image + 1) * classes)];
        });
        return new TeacherLogits(logits, classes);
    }

    /// <summary>Copies the logits of items, or of repetitions of them (<see cref="BalancedOrder"/>), [count, classes].</summary>
    internal void CopyTo(ReadOnlySpan<int> items, Span<float> destination)
    {
        for (int image = 0; image < items.Length; image++) _logits[items[image] % _logits.Length].CopyTo(destination[(image * _classes)..]);
    }
}
