using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Backbone.Training.Distillation;

/// <summary>Runs a teacher on batches of the student's pixels: one scoring call for the logits of a batch, one for each feature map.</summary>
internal sealed class TeacherScorer : IDisposable
{
    private readonly TrainingTeacher _teacher;
    private readonly IScoringEngine _engine;
    private readonly TeacherPixels _pixels;
    private readonly float[] _converted;
    private readonly float[] _logits;

    /// <summary>Creates the scorer; <paramref name="engine"/> is disposed with it.</summary>
    /// <param name="teacher">The teacher.</param>
    /// <param name="engine">Runs its network.</param>
    /// <param name="student">How the student's pixels were made.</param>
    /// <param name="batchSize">Maximum number of images in a batch.</param>
    internal TeacherScorer(TrainingTeacher teacher, IScoringEngine engine, ImagePreprocessing student, int batchSize)
    {
        (_teacher, _engine) = (teacher, engine);
        _pixels = new TeacherPixels(student, teacher.Preprocessing);
        _converted = new float[_pixels.IsIdentity ? 0 : checked(batchSize * _pixels.Length)];
        _logits = new float[checked(batchSize * teacher.Config.ClassCount)];
        (engine as ManagedScoringEngine)?.Prepare(batchSize, _pixels.Size, _pixels.Size);
    }

    /// <summary>Bytes of the teacher's network and buffers; of the TorchSharp engine only the weights are known.</summary>
    internal long Bytes => sizeof(float) * (_converted.LongLength + _logits.LongLength)
        + ((_engine as ManagedScoringEngine)?.WorkspaceBytes ?? NetworkCost.Parameters(_teacher.Config) * sizeof(float));

    /// <summary>Computes calibrated logits in the order of the student's classes.</summary>
    /// <param name="images">The student's pixels, [count, size, size, 3].</param>
    /// <param name="count">Number of images.</param>
    /// <param name="logits">Receives [count, student's classes].</param>
    internal void Score(ReadOnlySpan<float> images, int count, Span<float> logits)
    {
        int classes = _teacher.Config.ClassCount;
        _engine.Score(Convert(images, count), count, _pixels.Size, _pixels.Size, _logits);
        for (int image = 0; image < count; image++)
        {
            var from = _logits.AsSpan(image * classes, classes);
            for (int c = 0; c < classes; c++) logits[(image * classes) + c] = (float)(from[_teacher.Classes?[c] ?? c] / _teacher.Calibration);
        }
    }

    /// <summary>Computes the output of a stage, [count, height, width, channels].</summary>
    internal void Map(ReadOnlySpan<float> images, int count, int stage, Span<float> map) =>
        _engine.FeatureMap(Convert(images, count), count, _pixels.Size, _pixels.Size, stage, map);

    /// <summary>Shape of a stage's output for one image.</summary>
    internal (int Height, int Width, int Channels) MapShape(int stage) => _engine.FeatureMapShape(_pixels.Size, _pixels.Size, stage);

    public void Dispose() => _engine.Dispose();

    private ReadOnlySpan<float> Convert(ReadOnlySpan<float> images, int count)
    {
        if (_pixels.IsIdentity) return images;
        _pixels.Convert(images, count, _converted);
        return _converted;
    }
}
