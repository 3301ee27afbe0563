using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Backbone.Training.Loop;

namespace ConvNeXt.Backbone.Training.Metrics;

/// <summary>The logits of a whole validation set, with the current weights of an engine.</summary>
internal sealed class ValidationScores
{
    private readonly List<float[]> _logits = [];
    private readonly List<int> _labels = [];
    private readonly TrainingOptions _options;

    private ValidationScores(TrainingOptions options) => _options = options;

    /// <summary>Scores the validation set; several ranks share it.</summary>
    internal static ValidationScores Compute(
        ImageSet validation, TrainingInputs inputs, TrainingOptions options, ITrainingEngine engine, int loaderThreads, RunRanks ranks)
    {
        int height = options.Preprocessing.Height, width = options.Preprocessing.Width, classes = engine.Config.ClassCount;
        var scores = new ValidationScores(options);
        float[] logits = new float[options.BatchSize * classes];
        var rows = new float[validation.Labels.Length][];
        ItemPass.Run(ranks.PartOf(validation.Items), inputs.Length, inputs.Fill, ranks.Limit(options), loaderThreads, ranks.CheckAlive, (items, values) =>
        {
            engine.Score(values, items.Length, height, width, logits);
            for (int image = 0; image < items.Length; image++) rows[items[image]] = logits[(image * classes)..((image + 1) * classes)];
        }, inputs.Errors);
        RankRows.Share(ranks.Group, rows, classes);
        foreach (int item in validation.Items.Where(item => rows[item] is not null))
        {
            scores._logits.Add(rows[item]);
            scores._labels.Add(validation.LabelOf(item));
        }
        if (scores._labels.Count == 0) throw Evaluator.NothingRead();
        return scores;
    }

    /// <summary>Fits the temperature.</summary>
    internal Calibration Calibrate()
    {
        double temperature = TemperatureScaling.Fit(_logits, _labels);
        return new Calibration(temperature, Measure(1), Measure(temperature));
    }

    private ValidationMetrics Measure(double temperature)
    {
        var tally = new ClassificationTally(_logits[0].Length, _options.TopK);
        for (int image = 0; image < _labels.Count; image++) tally.Add([.. _logits[image].Select(score => (float)(score / temperature))], [_labels[image]]);
        return tally.ToMetrics();
    }
}
