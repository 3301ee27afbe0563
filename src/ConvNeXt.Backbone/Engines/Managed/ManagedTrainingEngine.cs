using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Engines.Managed;

/// <summary>
/// Trains on the CPU with this project's SIMD kernels: forward, backward and AdamW. All memory is allocated by the constructor. Results are bit-identical for
/// any number of threads.
/// </summary>
internal sealed unsafe class ManagedTrainingEngine : ITrainingEngine
{
    private readonly UsageGate _gate;
    private readonly TrainingPlan _plan;
    private readonly WorkerTeam _team;
    private readonly Network _network;
    private readonly BatchScorer _scorer;
    private readonly TrainingWorkspace _workspace;
    private readonly Optimizer _optimizer;
    private readonly float[] _dropPathRates;
    private readonly WeightAverage? _average;
    private readonly GradientBuckets? _buckets;
    private readonly Action<LayerPosition>? _finished;
    private IReadOnlySet<string> _frozen = ImmutableHashSet<string>.Empty;

    /// <summary>Creates an engine with a copy of the weights and allocates the memory for training.</summary>
    /// <exception cref="WeightMismatchException">Weights are missing, unexpected, or of another shape; the message lists all of them.</exception>
    /// <exception cref="ArgumentException">A setting is out of range, or a parameter has no rule.</exception>
    public ManagedTrainingEngine(TrainingEngineSettings settings)
        : this(settings, SimdSupport.Best)
    {
    }

    internal ManagedTrainingEngine(TrainingEngineSettings settings, SimdWidth simd)
    {
        _gate = new UsageGate(this);
        _plan = new TrainingPlan(settings);
        _team = new WorkerTeam(settings.Threads == 0 ? null : settings.Threads);
        _network = Network.Create(settings.Config, forTraining: true, simd);
        _network.Parameters.Import(settings.Weights);
        _optimizer = new Optimizer(_network, settings);
        _workspace = _network.PlanTraining(_team, settings.BatchSize, settings.Height, settings.Width, settings.ActivationCheckpointing);
        _scorer = new BatchScorer(_network, _team);
        _scorer.Prepare(settings.BatchSize, settings.Height, settings.Width);
        if (settings.AverageDecay is { } averageDecay)
        {
            _average = new WeightAverage(_network, averageDecay, simd, _team);
            _average.Scorer.Prepare(settings.BatchSize, settings.Height, settings.Width);
        }

        if (settings.Exchange is { } exchange)
        {
            _buckets = new GradientBuckets(_network.Parameters, exchange);
            _finished = _buckets.Finished;
        }

        _dropPathRates = [.. DropPath.Rates(settings.Config)];
    }

    /// <inheritdoc/>
    public ConvNeXtConfig Config => _network.Config;

    /// <inheritdoc/>
    public long WorkspaceBytes => _network.Parameters.Bytes + _optimizer.Bytes + _workspace.Bytes + _scorer.Bytes + (_average?.Bytes ?? 0);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The batch is larger than planned, or one of its arrays is too short.</exception>
    public double AccumulateGradients(TrainingBatch batch, Action? checkAlive = null) =>
        AccumulateGradients(batch, batch.Objective ?? CrossEntropyObjective.Instance, checkAlive);

    /// <summary>The same towards another objective; returns its loss at the logits.</summary>
    internal double AccumulateGradients(TrainingBatch batch, ITrainingObjective objective, Action? checkAlive = null)
    {
        _plan.Check(batch);
        using var pass = _gate.Enter();
        bool dropPaths = SetKeepFactors(batch);
        var (count, height, width, classes) = (batch.Count, batch.Height, batch.Width, Config.ClassCount);
        try
        {
            fixed (float* images = batch.Images)
            {
                _network.Forward(_workspace, images, count, height, width, dropPaths, checkAlive);
                if (batch.Logits is not null) new ReadOnlySpan<float>(_workspace.Logits, count * classes).CopyTo(batch.Logits);
                double loss = objective.AtLogits(_workspace.Logits, batch, BatchPart.Whole(batch), classes, _workspace.LogitGradient);
                _network.Backward(_workspace, images, count, height, width, dropPaths, checkAlive, objective.AtStages, batch.IsLastOfStep ? _finished : null);
                return loss;
            }
        }
        catch
        {
            _network.Parameters.ClearGradients();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is negative or not finite, or the maximum norm is not above 0.</exception>
    public double? ApplyGradients(OptimizerStep step)
    {
        TrainingPlan.Check(step);
        using var pass = _gate.Enter();
        _buckets?.Complete(_network.LowestTrained);
        double? norm = _optimizer.Step(_team, step, out bool applied);
        if (applied) _average?.Move();
        return norm;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A span is too short, or an image side is too small.</exception>
    public void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits, bool average = false)
    {
        using var pass = _gate.Enter();
        (average ? Average.Scorer : _scorer).Run(images, count, height, width, [], ResultSpan.Check(logits, count, Config.ClassCount, nameof(logits)));
    }

    /// <inheritdoc/>
    public WeightSet ExportWeights(bool average = false)
    {
        using var pass = _gate.Enter();
        return (average ? Average.Parameters : _network.Parameters).ExportValues();
    }

    /// <inheritdoc/>
    /// <exception cref="WeightMismatchException">The destination's tensors do not fit the network.</exception>
    public void ExportWeights(WeightSet destination, bool average = false)
    {
        using var pass = _gate.Enter();
        (average ? Average.Parameters : _network.Parameters).ExportValues(destination);
    }

    /// <inheritdoc/>
    public WeightSet ExportGradients()
    {
        using var pass = _gate.Enter();
        var gradients = _network.Parameters.ExportGradients();
        foreach (string name in _frozen) gradients[name].Values.AsSpan().Clear();
        return gradients;
    }

    /// <inheritdoc/>
    /// <exception cref="WeightMismatchException">Weights are missing, unexpected, or of another shape; the message lists all of them.</exception>
    public void ImportWeights(WeightSet weights)
    {
        using var pass = _gate.Enter();
        _network.Parameters.Import(weights);
    }

    /// <inheritdoc/>
    public TrainingEngineState ExportState()
    {
        using var pass = _gate.Enter();
        return new TrainingEngineState
        {
            Weights = _network.Parameters.ExportValues(),
            FirstMoments = _network.Parameters.Export(_network.Parameters.FirstMoments),
            SecondMoments = _network.Parameters.Export(_network.Parameters.SecondMoments),
            Average = _average?.Parameters.ExportValues(),
            Steps = _optimizer.Steps,
        };
    }

    /// <inheritdoc/>
    public void ImportState(TrainingEngineState state)
    {
        _plan.Check(state);
        using var pass = _gate.Enter();
        _optimizer.SetSteps(state.Steps);
        _network.Parameters.Import(state.Weights);
        _network.Parameters.Import(state.FirstMoments, _network.Parameters.FirstMoments);
        _network.Parameters.Import(state.SecondMoments, _network.Parameters.SecondMoments);
        if (state.Average is not null) Average.Parameters.Import(state.Average);
        _network.Parameters.ClearGradients();
    }

    /// <inheritdoc/>
    public void SetFrozen(IReadOnlySet<string> parameters)
    {
        _plan.CheckNames(parameters);
        using var pass = _gate.Enter();
        _frozen = parameters.ToImmutableHashSet(StringComparer.Ordinal);
        _optimizer.SetFrozen(_frozen);
        var trained = _network.Parameters.Layouts.Select(layout => layout.Parameter.Name).Where(name => !_frozen.Contains(name));
        _network.LowestTrained = trained.Select(LayerPosition.Of).Append(LayerPosition.Head).Min();
    }

    /// <summary>Waits for the call in progress, then frees the native memory. Later calls throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        if (!_gate.Close()) return;
        _average?.Dispose();
        _scorer.Dispose();
        _workspace.Dispose();
        _optimizer.Dispose();
        _network.Dispose();
    }

    private WeightAverage Average => _average ?? throw TrainingPlan.NoAverage();

    private bool SetKeepFactors(TrainingBatch batch)
    {
        if (batch.DropPathDraws is null || Config.DropPathRate == 0) return false;
        for (int block = 0; block < _dropPathRates.Length; block++)
        {
            for (int image = 0; image < batch.Count; image++)
            {
                int at = (block * batch.Count) + image;
                _workspace.Keep[at] = DropPath.KeepFactor(_dropPathRates[block], batch.DropPathDraws[at]);
            }
        }

        return true;
    }
}
