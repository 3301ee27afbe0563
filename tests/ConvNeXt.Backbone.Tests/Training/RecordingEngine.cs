using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Training;

/// <summary>An engine that computes nothing: it writes down what it is given, and scores as it is told. Its single weight counts the steps.</summary>
internal sealed class RecordingEngine(TrainingEngineSettings settings) : ITrainingEngine
{
    private int _steps;
    private int _evaluations;

    /// <summary>A digest of the images, targets and draws of every batch.</summary>
    public List<string> Batches { get; } = [];

    public List<double> LearningRates { get; } = [];

    /// <summary>How many images of each evaluation are scored as class 0 with certainty; the others as the last class.</summary>
    public Func<int, int> ScoredAsFirst { get; init; } = _ => 0;

    /// <summary>Called when a batch begins.</summary>
    public Action<int>? Accumulating { get; init; }

    /// <summary>Called with every batch.</summary>
    public Action<TrainingBatch>? Seen { get; init; }

    public double Loss { get; init; } = 1;

    public bool Disposed { get; private set; }

    public static WeightSet WeightsAfter(int steps)
    {
        var weights = new WeightSet();
        weights.Add(new WeightTensor("steps", [], [steps]));
        return weights;
    }

    public ConvNeXtConfig Config => settings.Config;

    public long WorkspaceBytes => 1000;

    public double AccumulateGradients(TrainingBatch batch, Action? checkAlive = null)
    {
        Accumulating?.Invoke(Batches.Count);
        checkAlive?.Invoke();
        Seen?.Invoke(batch);
        var digest = new HashCode();
        foreach (float value in batch.Images.AsSpan(0, batch.Count * batch.Height * batch.Width * 3)) digest.Add(value);
        foreach (float value in batch.Targets.AsSpan(0, batch.Count * Config.ClassCount)) digest.Add(value);
        foreach (float value in batch.DropPathDraws ?? []) digest.Add(value);
        Batches.Add($"{batch.Count}: {digest.ToHashCode()}");
        batch.Logits?.AsSpan(0, batch.Count * Config.ClassCount).Clear();
        return Loss;
    }

    public double? ApplyGradients(OptimizerStep step)
    {
        _steps++;
        LearningRates.Add(step.LearningRate);
        return step.MaxGradientNorm is null ? null : 1;
    }

    public void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits, bool average = false)
    {
        int first = ScoredAsFirst(_evaluations++);
        for (int image = 0; image < count; image++)
        {
            var scores = logits.Slice(image * Config.ClassCount, Config.ClassCount);
            scores.Clear();
            scores[image < first ? 0 : ^1] = 20;
        }
    }

    /// <summary>How many weight sets were made.</summary>
    public int Exports { get; private set; }

    public WeightSet ExportWeights(bool average = false)
    {
        Exports++;
        return WeightsAfter(_steps);
    }

    public void ExportWeights(WeightSet destination, bool average = false) => destination["steps"].Values[0] = _steps;

    public WeightSet ExportGradients() => new();

    public void ImportWeights(WeightSet weights) => throw new NotSupportedException();

    public TrainingEngineState ExportState() => throw new NotSupportedException();

    public void ImportState(TrainingEngineState state) => throw new NotSupportedException();

    public void SetFrozen(IReadOnlySet<string> parameters) => throw new NotSupportedException();

    public void Dispose() => Disposed = true;
}
