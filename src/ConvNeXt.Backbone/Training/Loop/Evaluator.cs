using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Backbone.Training.Metrics;

namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>
/// Scores the whole validation set with the current weights and, if the engine has one, with their average. Several ranks share the scoring; each then has the
/// logits of all images, so that all have the same metrics as a single process, bit for bit.
/// </summary>
internal sealed class Evaluator(TrainingOptions options, ImageSet validation, int classCount, ITrainingEngine engine, RunRanks ranks)
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
            var loaded = loader.Take(ranks.CheckAlive);
            if (!ranks.AreSeveral && loaded.Plan!.Items.Length == 0) continue;
            images += Score(current, loaded, average: false);
            if (average is not null) Score(average, loaded, average: true);
            ranks.AgreeToContinue();
        }
        if (images == 0) throw NothingRead();
        return (current.ToMetrics(), average?.ToMetrics());
    }

    internal static UnreadableImageException NothingRead() => new("No image of the validation set can be read any more.");

    // Returns the number of images, of all ranks.
    private int Score(ClassificationTally tally, LoadedBatch loaded, bool average)
    {
        int count = loaded.CopyLabels(validation, _labels);
        if (count > 0) engine.Score(loaded.Images, count, options.Preprocessing.Height, options.Preprocessing.Width, _logits, average);
        if (ranks.AreSeveral) count = Share(loaded.Plan!);
        tally.Add(_logits, _labels.AsSpan(0, count));
        return count;
    }

    // Puts the logits and labels of all ranks in the order of the whole batch.
    private int Share(PlannedBatch plan)
    {
        var rows = new float[plan.Whole.Length][];
        for (int image = 0; image < plan.Items.Length; image++) rows[plan.Positions![image]] = _logits.AsSpan(image * classCount, classCount).ToArray();
        RankRows.Share(ranks.Group, rows, classCount);
        int count = 0;
        for (int image = 0; image < rows.Length; image++)
        {
            if (rows[image] is not { } row) continue; // it cannot be read
            row.CopyTo(_logits, count * classCount);
            _labels[count++] = validation.LabelOf(plan.Whole[image]);
        }
        return count;
    }
}
