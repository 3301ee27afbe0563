using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Engines.Distillation;

/// <summary>
/// Distillation of features: linear projections of stages are trained to match whole maps of the teacher by mean squared error. The head's outputs are trained
/// by another objective, or to match the targets of the batch (the teacher's pooled features, standardized) by mean squared error. The projections belong to
/// the objective, not to the network. Not for batches that are computed in parts.
/// </summary>
internal sealed unsafe class FeatureDistillation : ITrainingObjective, IStageLosses, IDisposable
{
    /// <summary>What the names of the projections' parameters begin with.</summary>
    public const string NamePrefix = "projections.";

    private readonly DistillationSettings _settings;
    private readonly TrainingEngineSettings _engine;
    private readonly ITrainingObjective? _atLogits;
    private readonly WorkerTeam _team;
    private readonly FeatureProjection[] _projections;
    private readonly double[] _partials;
    private double _gradientScale;

    /// <summary>Allocates the projections and their targets.</summary>
    /// <param name="settings">Hints and weight decay.</param>
    /// <param name="engine">Settings of the student's engine.</param>
    /// <param name="atLogits">The objective at the head's outputs; null to match the targets of the batch by mean squared error.</param>
    /// <exception cref="ArgumentException">Two hints are for the same stage, or a stage does not exist.</exception>
    public FeatureDistillation(DistillationSettings settings, TrainingEngineSettings engine, ITrainingObjective? atLogits = null)
    {
        (_settings, _engine, _atLogits) = (settings, engine, atLogits);
        _team = new WorkerTeam(engine.Threads == 0 ? null : engine.Threads);
        var hints = settings.Hints;
        if (hints.Any(hint => hint.Stage < 0 || hint.Stage >= engine.Config.Widths.Length) || hints.DistinctBy(hint => hint.Stage).Count() < hints.Count)
        {
            throw new ArgumentException(
                $"Hints are for the stages {string.Join(", ", hints.Select(hint => hint.Stage))}; they must be different stages from 0 to {engine.Config.Widths.Length - 1}.",
                nameof(settings));
        }
        _projections = [.. hints.Select(Create)];
        _partials = new double[SquaredError.PartialCount((long)engine.BatchSize * engine.Config.ClassCount)];
        Losses = new double[hints.Count];
        Targets = [.. hints.Select(hint => new float[(long)Shape(hint.Stage).Rows * hint.Channels])];
    }

    /// <summary>Number of steps of the projections; set when a run is resumed.</summary>
    public long Steps { get; set; }

    /// <summary>The teacher's map of the next batch for each hint, [images, height, width, channels]; filled by the caller.</summary>
    public float[][] Targets { get; }

    /// <summary>The last loss of each hint, without its weight.</summary>
    public double[] Losses { get; }

    /// <summary>Bytes of native memory held.</summary>
    public long Bytes => _projections.Sum(projection => projection.Bytes);

    IStageLosses? ITrainingObjective.AtStages => this;

    double ITrainingObjective.AtLogits(float* logits, TrainingBatch batch, BatchPart part, int classes, float* gradient)
    {
        _gradientScale = batch.GradientScale;
        Losses.AsSpan().Clear();
        if (_atLogits is not null) return _atLogits.AtLogits(logits, batch, part, classes, gradient);
        double share = part.ShareOf(batch);
        fixed (float* targets = part.Of(batch.Targets, classes))
        fixed (double* partials = _partials)
            return share * SquaredError.Run<LanesScalar>(_team, logits, targets, (long)part.Count * classes, batch.GradientScale * share, gradient, partials);
    }

    void IStageLosses.AddGradient(int stage, float* output, in FeatureShape shape, float* gradient)
    {
        for (int i = 0; i < _projections.Length; i++)
        {
            if (_settings.Hints[i].Stage != stage) continue;
            fixed (float* targets = Targets[i])
                Losses[i] = _projections[i].AddGradient(output, shape.Rows, targets, _settings.Hints[i].Weight * _gradientScale, gradient);
        }
    }

    /// <summary>Updates the projections, by the engine's rules of AdamW, and clears their gradients.</summary>
    public void ApplyGradients(double learningRate)
    {
        Steps++;
        var rule = new AdamWStep { LearningRate = learningRate, Beta1 = _engine.Beta1, Beta2 = _engine.Beta2, Epsilon = _engine.Epsilon };
        foreach (var projection in _projections) projection.Step(in rule, Steps);
    }

    /// <summary>Clears the projections' gradients after a skipped step of the network.</summary>
    public void ClearGradients()
    {
        foreach (var projection in _projections) projection.ClearGradients();
    }

    /// <summary>A copy of the projections' weights, gradients or moments.</summary>
    public WeightSet Export(ProjectionPart part)
    {
        var weights = new WeightSet();
        foreach (var projection in _projections) projection.Export(part, weights);
        return weights;
    }

    /// <summary>Copies the projections' weights or moments in.</summary>
    public void Import(ProjectionPart part, WeightSet weights)
    {
        foreach (var projection in _projections) projection.Import(part, weights);
    }

    public void Dispose()
    {
        foreach (var projection in _projections) projection.Dispose();
    }

    private FeatureShape Shape(int stage) => FeatureShape.OfStage(_engine.Config, stage, _engine.BatchSize, _engine.Height, _engine.Width);

    private FeatureProjection Create(FeatureHint hint) => FeatureProjection.Create(
        $"{NamePrefix}{hint.Stage}", _engine.Config.Widths[hint.Stage], hint.Channels, Shape(hint.Stage).Rows, _settings.WeightDecay, _team, SimdSupport.Best);
}
