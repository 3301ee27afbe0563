using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>
/// Wraps an engine and replaces the learning rate of each step with that of a sweep. Records the losses, and cancels the run when the sweep is complete.
/// </summary>
/// <param name="engine">The engine that computes; disposed with this one.</param>
/// <param name="options">The sweep.</param>
internal sealed class LearningRateSweep(ITrainingEngine engine, LearningRateFinderOptions options) : ITrainingEngine
{
    private readonly List<double> _losses = [];
    private double _loss;
    private double _scales;

    /// <summary>The mean loss of each step.</summary>
    internal IReadOnlyList<double> Losses => _losses;

    /// <summary>Whether the sweep is complete.</summary>
    internal bool IsFinished { get; private set; }

    public ConvNeXtConfig Config => engine.Config;

    public long WorkspaceBytes => engine.WorkspaceBytes;

    public double AccumulateGradients(TrainingBatch batch, Action? checkAlive = null)
    {
        double loss = engine.AccumulateGradients(batch, checkAlive);
        if (!double.IsFinite(loss)) End(loss);
        _loss += loss * batch.GradientScale;
        _scales += batch.GradientScale;
        return loss;
    }

    public double? ApplyGradients(OptimizerStep step)
    {
        double? norm = engine.ApplyGradients(step with { LearningRate = options.RateOf(_losses.Count) });
        _losses.Add(_loss / _scales);
        (_loss, _scales) = (0, 0);
        if (norm is { } measured && !double.IsFinite(measured)) End(measured);
        if (LearningRateFinderResult.IsOver(_losses, options)) End(null);
        return norm;
    }

    public void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits, bool average = false) =>
        engine.Score(images, count, height, width, logits, average);

    public WeightSet ExportWeights(bool average = false) => engine.ExportWeights(average);

    public void ExportWeights(WeightSet destination, bool average = false) => engine.ExportWeights(destination, average);

    public WeightSet ExportGradients() => engine.ExportGradients();

    public void ImportWeights(WeightSet weights) => engine.ImportWeights(weights);

    public TrainingEngineState ExportState() => engine.ExportState();

    public void ImportState(TrainingEngineState state) => engine.ImportState(state);

    public void SetFrozen(IReadOnlySet<string> parameters) => engine.SetFrozen(parameters);

    public void Dispose() => engine.Dispose();

    private void End(double? last)
    {
        if (last is { } loss) _losses.Add(loss);
        IsFinished = true;
        throw new OperationCanceledException("The learning-rate test is complete.");
    }
}
