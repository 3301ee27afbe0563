using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Engines;

/// <summary>
/// Trains on the CPU with this project's SIMD kernels: forward, backward and AdamW. All memory is planned and taken when the engine is made; results are the same to the
/// bit however many threads compute them.
/// </summary>
public sealed unsafe class ManagedTrainingEngine : ITrainingEngine
{
    private readonly int _batchSize;
    private readonly int _height;
    private readonly int _width;
    private readonly WorkerTeam _team;
    private readonly Network _network;
    private readonly BatchScorer _scorer;
    private readonly TrainingWorkspace _workspace;
    private readonly Optimizer _optimizer;
    private readonly float[] _dropPathRates;
    private readonly WeightAverage? _average;
    private IReadOnlySet<string> _frozen = ImmutableHashSet<string>.Empty;

    /// <summary>Copies the weights into an engine and takes the memory for training.</summary>
    /// <exception cref="WeightMismatchException">Weights are missing, not expected, or of another shape; the message lists all of them.</exception>
    /// <exception cref="ArgumentException">A setting is out of its range, or a parameter has no rule.</exception>
    public ManagedTrainingEngine(TrainingEngineSettings settings)
        : this(settings, SimdSupport.Best)
    {
    }

    internal ManagedTrainingEngine(TrainingEngineSettings settings, SimdWidth simd)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.BatchSize, 1, nameof(settings.BatchSize));
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Height, FeatureShape.SmallestSide(settings.Config), nameof(settings.Height));
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Width, FeatureShape.SmallestSide(settings.Config), nameof(settings.Width));
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Threads, nameof(settings.Threads));
        if (settings.AverageDecay is { } decay && !(decay is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(settings), decay, $"{nameof(settings.AverageDecay)} has to be at least 0 and below 1.");
        WeightCheck.Require(settings.Config, settings.Weights);
        (_batchSize, _height, _width) = (settings.BatchSize, settings.Height, settings.Width); // not the settings: they hold the initial weights
        _team = new WorkerTeam(settings.Threads == 0 ? null : settings.Threads);
        _network = Network.Create(settings.Config, forTraining: true, simd);
        _network.Parameters.Import(settings.Weights);
        _optimizer = new Optimizer(_network, settings);
        _workspace = _network.PlanTraining(_team, settings.BatchSize, settings.Height, settings.Width);
        _scorer = new BatchScorer(_network, _team);
        _scorer.Prepare(settings.BatchSize, settings.Height, settings.Width);
        if (settings.AverageDecay is { } averageDecay)
        {
            _average = new WeightAverage(_network, averageDecay, simd, _team);
            _average.Scorer.Prepare(settings.BatchSize, settings.Height, settings.Width);
        }

        _dropPathRates = [.. DropPath.Rates(settings.Config)];
    }

    /// <inheritdoc/>
    public ConvNeXtConfig Config => _network.Config;

    /// <inheritdoc/>
    public long WorkspaceBytes => _network.Parameters.Bytes + _optimizer.Bytes + _workspace.Bytes + _scorer.Bytes + (_average?.Bytes ?? 0);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The batch is larger than planned, or one of its arrays is too short.</exception>
    public double AccumulateGradients(TrainingBatch batch, Action? checkAlive = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        CheckFits(batch);
        bool dropPaths = SetKeepFactors(batch);
        var (count, height, width, classes) = (batch.Count, batch.Height, batch.Width, Config.ClassCount);
        try
        {
            fixed (float* images = batch.Images)
            {
                _network.Forward(_workspace, images, count, height, width, dropPaths, checkAlive);
                if (batch.Logits is not null) new ReadOnlySpan<float>(_workspace.Logits, count * classes).CopyTo(batch.Logits);
                double loss = SoftCrossEntropy.Run(_workspace.Logits, batch.Targets, count, classes, batch.GradientScale, _workspace.LogitGradient);
                _network.Backward(_workspace, images, count, height, width, dropPaths, checkAlive);
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
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is negative or not finite, or the largest norm is not above 0.</exception>
    public double? ApplyGradients(OptimizerStep step)
    {
        if (!(step.LearningRate >= 0 && double.IsFinite(step.LearningRate)))
            throw new ArgumentOutOfRangeException(nameof(step), step.LearningRate, $"{nameof(step.LearningRate)} has to be at least 0 and finite.");
        if (step.MaxGradientNorm is { } limit && !(limit > 0))
            throw new ArgumentOutOfRangeException(nameof(step), limit, $"{nameof(step.MaxGradientNorm)} has to be above 0.");
        double? norm = _optimizer.Step(_team, step, out bool applied);
        if (applied) _average?.Move();
        return norm;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A span is too short, or an image side is too small.</exception>
    public void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits, bool average = false) =>
        (average ? Average.Scorer : _scorer).Run(images, count, height, width, [], ResultSpan.Check(logits, count, Config.ClassCount, nameof(logits)));

    /// <inheritdoc/>
    public WeightSet ExportWeights(bool average = false) => (average ? Average.Parameters : _network.Parameters).ExportValues();

    /// <inheritdoc/>
    /// <exception cref="WeightMismatchException">The destination's tensors are not those of the network.</exception>
    public void ExportWeights(WeightSet destination, bool average = false) => (average ? Average.Parameters : _network.Parameters).ExportValues(destination);

    /// <inheritdoc/>
    public WeightSet ExportGradients()
    {
        var gradients = _network.Parameters.ExportGradients();
        foreach (string name in _frozen) gradients[name].Values.AsSpan().Clear();
        return gradients;
    }

    /// <inheritdoc/>
    /// <exception cref="WeightMismatchException">Weights are missing, not expected, or of another shape; the message lists all of them.</exception>
    public void ImportWeights(WeightSet weights) => _network.Parameters.Import(weights);

    /// <inheritdoc/>
    public TrainingEngineState ExportState() => new()
    {
        Weights = _network.Parameters.ExportValues(),
        FirstMoments = _network.Parameters.Export(_network.Parameters.FirstMoments),
        SecondMoments = _network.Parameters.Export(_network.Parameters.SecondMoments),
        Average = _average?.Parameters.ExportValues(),
        Steps = _optimizer.Steps,
    };

    /// <inheritdoc/>
    public void ImportState(TrainingEngineState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Average is null != _average is null)
        {
            throw new ArgumentException(
                state.Average is null ? "The state has no average of the weights, but the engine holds one." : "The state has an average of the weights, but the engine holds none.", nameof(state));
        }

        foreach (var weights in new[] { state.Weights, state.FirstMoments, state.SecondMoments, state.Average })
            if (weights is not null) WeightCheck.Require(Config, weights);
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
        ArgumentNullException.ThrowIfNull(parameters);
        var names = _network.Parameters.Layouts.Select(layout => layout.Parameter.Name).ToList();
        var unknown = parameters.Except(names).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0) throw new ArgumentException($"The network has no parameters of these names, so they cannot be frozen: {string.Join(", ", unknown)}.", nameof(parameters));
        _frozen = parameters.ToImmutableHashSet(StringComparer.Ordinal);
        _optimizer.SetFrozen(_frozen);
        _network.LowestTrained = names.Where(name => !_frozen.Contains(name)).Select(LayerPosition.Of).Append(LayerPosition.Head).Min();
    }

    /// <summary>Frees the native memory.</summary>
    public void Dispose()
    {
        _average?.Dispose();
        _scorer.Dispose();
        _workspace.Dispose();
        _optimizer.Dispose();
        _network.Dispose();
    }

    private WeightAverage Average =>
        _average ?? throw new InvalidOperationException($"The engine holds no average of the weights: it was made without {nameof(TrainingEngineSettings.AverageDecay)}.");

    private void CheckFits(TrainingBatch batch)
    {
        if (batch.Count < 1 || batch.Count > _batchSize)
            throw new ArgumentException($"The batch has {batch.Count} images; the engine was planned for 1 to {_batchSize}.", nameof(batch));
        if (batch.Height < _network.SmallestSide || batch.Width < _network.SmallestSide || batch.Height > _height || batch.Width > _width)
        {
            string planned = $"{_network.SmallestSide} x {_network.SmallestSide} to {_height} x {_width}";
            throw new ArgumentException($"The batch has images of {batch.Height} x {batch.Width}; the engine was planned for {planned}.", nameof(batch));
        }

        CheckLength(batch.Images, 3L * batch.Height * batch.Width, nameof(batch.Images));
        CheckLength(batch.Targets, Config.ClassCount, nameof(batch.Targets));
        if (batch.Logits is not null) CheckLength(batch.Logits, Config.ClassCount, nameof(batch.Logits));
        if (batch.DropPathDraws is not null) CheckLength(batch.DropPathDraws, Config.Depths.Sum(), nameof(batch.DropPathDraws));

        void CheckLength(float[] values, long each, string name)
        {
            if (values.LongLength < each * batch.Count)
                throw new ArgumentException($"{name} of {batch.Count} images takes {each * batch.Count} values, {each} each, but the array has {values.LongLength}.", nameof(batch));
        }
    }

    // Kept paths are scaled by 1 / (1 - rate), so that the expectation stays; dropped ones have factor 0.
    private bool SetKeepFactors(TrainingBatch batch)
    {
        if (batch.DropPathDraws is null || Config.DropPathRate == 0) return false;
        for (int block = 0; block < _dropPathRates.Length; block++)
        {
            double keepRate = 1 - (double)_dropPathRates[block];
            for (int image = 0; image < batch.Count; image++)
            {
                int at = (block * batch.Count) + image;
                _workspace.Keep[at] = (float)(Math.Floor((float)keepRate + batch.DropPathDraws[at]) / keepRate);
            }
        }

        return true;
    }
}
