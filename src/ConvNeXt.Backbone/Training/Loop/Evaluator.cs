using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Metrics;

namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>Scores the whole validation set with the current weights and, if the engine has one, with their average.</summary>
internal sealed class Evaluator(TrainingOptions options, ImageSet validation, int classCount, ITrainingEngine engine, Action checkAlive)
{
    private readonly float[] _logits = new float[options.BatchSize * classCount];
    private readonly int[] _labels = new int[options.BatchSize];

    /// <summary>Takes the validation batches from the loader and scores them.</summary>
    /// <exception cref="UnreadableImageException">No image of the validation set can be read.</exception>
    internal (ValidationMetrics Current, ValidationMetrics? Average) Run(BatchLoader loader, int batches)
    {
        var current = new ClassificationTally(classCount, options.TopK);
        var average = options.AverageDecay is null ? null : new ClassificationTally(classCount, options.TopK);
        int images = 0;
        for (int batch = 0; batch < batches; batch++)
        {
            var loaded = loader.Take(checkAlive);
            int count = loaded.CopyLabels(validation, _labels);
            if (count == 0) continue;
            images += count;
            Score(current, loaded, count, average: false);
            if (average is not null) Score(average, loaded, count, average: true);
            checkAlive();
        }
        if (images == 0) throw NothingRead();
        return (current.ToMetrics(), average?.ToMetrics());
    }

    internal static UnreadableImageException NothingRead() => new("No image of the validation set can be read any more.");

    private void Score(ClassificationTally tally, LoadedBatch loaded, int count, bool average)
    {
        engine.Score(loaded.Images, count, options.Preprocessing.Height, options.Preprocessing.Width, _logits, average);
        tally.Add(_logits, _labels.AsSpan(0, count));
    }
}
