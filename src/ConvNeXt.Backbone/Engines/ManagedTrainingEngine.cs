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
        WeightCheck.Require(settings.Config, settings.Weights);
        (_batchSize, _height, _width) = (settings.BatchSize, settings.Height, settings.Width); // not the settings: they hold the initial weights
        _team = new WorkerTeam(settings.Threads == 0 ? null : settings.Threads);
        _network = Network.Create(settings.Config, forTraining: true, simd);
        _network.Parameters.Import(settings.Weights);
        _optimizer = new Optimizer(_network, settings);
        _workspace = _network.PlanTraining(_team, settings.BatchSize, settings.Height, settings.Width);
        _scorer = new BatchScorer(_network, _team);
        _scorer.Prepare(settings.BatchSize, settings.Height, settings.Width);
        _dropPathRates = [.. DropPath.Rates(settings.Config)];
    }

    /// <inheritdoc/>
    public ConvNeXtConfig Config => _network.Config;

    /// <inheritdoc/>
    public long WorkspaceBytes => _network.Parameters.Bytes + _optimizer.Bytes + _workspace.Bytes + _scorer.Bytes;

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
    public void ApplyGradients(double learningRate) => _optimizer.Step(_team, learningRate);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A span is too short, or an image side is too small.</exception>
    public void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits) =>
        _scorer.Run(images, count, height, width, [], ResultSpan.Check(logits, count, Config.ClassCount, nameof(logits)));

    /// <inheritdoc/>
    public WeightSet ExportWeights() => _network.Parameters.ExportValues();

    /// <inheritdoc/>
    /// <exception cref="WeightMismatchException">The destination's tensors are not those of the network.</exception>
    public void ExportWeights(WeightSet destination) => _network.Parameters.ExportValues(destination);

    /// <inheritdoc/>
    public WeightSet ExportGradients() => _network.Parameters.ExportGradients();

    /// <inheritdoc/>
    /// <exception cref="WeightMismatchException">Weights are missing, not expected, or of another shape; the message lists all of them.</exception>
    public void ImportWeights(WeightSet weights) => _network.Parameters.Import(weights);

    /// <summary>Frees the native memory.</summary>
    public void Dispose()
    {
        _scorer.Dispose();
        _workspace.Dispose();
        _optimizer.Dispose();
        _network.Dispose();
    }

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
