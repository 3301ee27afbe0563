using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Training;

/// <summary>An engine that computes nothing: it writes down what it is given, and scores as it is told. Its single weight counts the steps.</summary>
internal sealed class RecordingEngine(TrainingEngineSettings settings) : ITrainingEngine
{
    private int _steps;
    private int _evaluations;
    private int _averageEvaluations;

    /// <summary>A digest of the images, targets and draws of every batch.</summary>
    public List<string> Batches { get; } = [];

    public List<double> LearningRates { get; } = [];

    /// <summary>What was frozen, and after how many batches.</summary>
    public List<(int Batches, IReadOnlySet<string> Names)> Frozen { get; } = [];

    /// <summary>The factors on the gradients of every batch.</summary>
    public List<float> Scales { get; } = [];

    /// <summary>The norm that is measured where it is asked for.</summary>
    public double Norm { get; init; } = 1;

    /// <summary>As <see cref="ScoredAsFirst"/>, with the average of the weights.</summary>
    public Func<int, int> AverageScoredAsFirst { get; init; } = _ => 0;

    /// <summary>How many images of each evaluation are scored as class 0 with certainty; the others as the last class.</summary>
    public Func<int, int> ScoredAsFirst { get; init; } = _ => 0;

    /// <summary>Called when a batch begins.</summary>
    public Action<int>? Accumulating { get; init; }

    /// <summary>Called with every batch.</summary>
    public Action<TrainingBatch>? Seen { get; init; }

    /// <summary>The loss of each batch.</summary>
    public Func<int, double> LossOf { get; init; } = _ => 1;

    /// <summary>Whether it fails where weights or its state are asked for.</summary>
    public bool IsBroken { get; init; }

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
        Scales.Add(batch.GradientScale);
        Batches.Add($"{batch.Count}: {digest.ToHashCode()}");
        batch.Logits?.AsSpan(0, batch.Count * Config.ClassCount).Clear();
        return LossOf(Batches.Count - 1);
    }

    public double? ApplyGradients(OptimizerStep step)
    {
        _steps++;
        LearningRates.Add(step.LearningRate);
        return step.MaxGradientNorm is null ? null : Norm;
    }

    public void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits, bool average = false)
    {
        int first = average ? AverageScoredAsFirst(_averageEvaluations++) : ScoredAsFirst(_evaluations++);
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
        ThrowIfBroken();
        Exports++;
        return WeightsAfter(average ? -_steps : _steps);
    }

    /// <summary>The average counts the steps backwards.</summary>
    public void ExportWeights(WeightSet destination, bool average = false)
    {
        ThrowIfBroken();
        destination["steps"].Values[0] = average ? -_steps : _steps;
    }

    public WeightSet ExportGradients() => new();

    public void ImportWeights(WeightSet weights) => throw new NotSupportedException();

    /// <summary>Two layers, of which the second has gradients three times as large.</summary>
    public TrainingEngineState ExportState()
    {
        ThrowIfBroken();
        var moments = new WeightSet();
        moments.Add(new WeightTensor("norm.weight", [], [(float)(16 * (1 - Math.Pow(0.999, _steps)))]));
        moments.Add(new WeightTensor("head.weight", [1, 2], [(float)(72 * (1 - Math.Pow(0.999, _steps))), (float)(72 * (1 - Math.Pow(0.999, _steps)))]));
        var steps = moments.Tensors.ToImmutableDictionary(tensor => tensor.Name, _ => (long)_steps);
        return new TrainingEngineState { Weights = WeightsAfter(_steps), FirstMoments = moments, SecondMoments = moments, Steps = steps };
    }

    public void ImportState(TrainingEngineState state) => _steps = (int)state.Weights["steps"].Values[0];

    public void SetFrozen(IReadOnlySet<string> parameters) => Frozen.Add((Batches.Count, parameters));

    public void Dispose() => Disposed = true;

    private void ThrowIfBroken()
    {
        if (IsBroken) throw new InvalidOperationException("The engine is broken.");
    }
}
