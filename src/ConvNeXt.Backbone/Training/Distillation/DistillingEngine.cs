using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Distillation;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training.Distillation;

/// <summary>
/// Wraps a student's engine: each training batch is shown to the teacher, pixels as they are after augmentation and mixing, and the student gets an objective
/// with the teacher's answers. The projections of feature maps are trained along, and are part of the engine's state.
/// </summary>
internal sealed class DistillingEngine : ITrainingEngine
{
    private readonly ITrainingEngine _student;
    private readonly TeacherObjective _objective;
    private readonly DistillationOptions _options;
    private readonly FeatureDistillation? _features;
    private readonly TeacherMap[] _maps;
    private readonly TeacherScorer? _teacher;
    private readonly TeacherLogits? _logits;

    private DistillingEngine(
        ITrainingEngine student, TeacherObjective objective, DistillationOptions options, FeatureDistillation? features, TeacherMap[] maps, TeacherScorer? teacher, TeacherLogits? logits) =>
        (_student, _objective, _options, _features, _maps, _teacher, _logits) = (student, objective, options, features, maps, teacher, logits);

    /// <summary>Prepares the teacher: measures its feature maps, and computes its logits if the images do not change. Disposes the student after an error.</summary>
    /// <param name="student">The student's engine; disposed with this one.</param>
    /// <param name="settings">The settings that it was created with.</param>
    /// <param name="teacher">The teacher.</param>
    /// <param name="options">The training options.</param>
    /// <param name="train">The training set.</param>
    /// <param name="create">Creates the engine that runs the teacher.</param>
    /// <param name="loaderThreads">Number of loader threads.</param>
    /// <param name="checkAlive">Called between batches; may throw to stop.</param>
    internal static DistillingEngine Create(
        ITrainingEngine student, TrainingEngineSettings settings, TrainingTeacher teacher, TrainingOptions options, ImageSet train, ScoringEngineFactory create,
        int loaderThreads, Action checkAlive)
    {
        TeacherScorer? scorer = null;
        FeatureDistillation? features = null;
        try
        {
            int classes = settings.Config.ClassCount;
            scorer = new TeacherScorer(teacher, create(teacher.Config, teacher.Weights), options.TrainingPreprocessing, settings.BatchSize);
            var objective = new TeacherObjective(teacher.Options.Temperature, 1 - teacher.Options.TeacherWeight, settings.BatchSize, classes);
            var stages = teacher.StagesFor(settings.Config);
            TeacherMap[] maps = stages.IsEmpty ? [] : TeacherMap.Measure(scorer, stages, options, train, loaderThreads, checkAlive);
            if (maps.Length > 0)
            {
                var hints = maps.Select(map => new FeatureHint(map.Stage, map.Channels, teacher.Options.FeatureWeight));
                features = new FeatureDistillation(new DistillationSettings { Hints = [.. hints] }, settings, objective);
            }

            TeacherLogits? logits = TeacherLogits.AreFixed(options) ? TeacherLogits.Compute(scorer, classes, options, train, loaderThreads, checkAlive) : null;
            if (logits is not null && maps.Length == 0)
            {
                scorer.Dispose(); // not needed any more
                scorer = null;
            }

            return new DistillingEngine(student, objective, teacher.Options, features, maps, scorer, logits);
        }
        catch
        {
            features?.Dispose();
            scorer?.Dispose();
            student.Dispose();
            throw;
        }
    }

    public ConvNeXtConfig Config => _student.Config;

    /// <summary>Bytes of the student's engine, the teacher, its answers and the projections.</summary>
    public long WorkspaceBytes => _student.WorkspaceBytes + (_teacher?.Bytes ?? 0) + (_logits?.Bytes ?? 0)
        + (sizeof(float) * (_objective.Logits.LongLength + _objective.Weights.LongLength))
        + (_features is null ? 0 : _features.Bytes + (sizeof(float) * _features.Targets.Sum(target => target.LongLength)));

    /// <summary>Returns the mean loss of the whole objective, features included.</summary>
    public double AccumulateGradients(TrainingBatch batch, Action? checkAlive = null)
    {
        checkAlive?.Invoke();
        Ask(batch);
        batch.Objective = (ITrainingObjective?)_features ?? _objective;
        try
        {
            double loss = _student.AccumulateGradients(batch, checkAlive);
            return _features is null ? loss : loss + (_options.FeatureWeight * _features.Losses.Sum());
        }
        catch
        {
            _features?.ClearGradients();
            throw;
        }
        finally
        {
            batch.Objective = null;
        }
    }

    /// <summary>The norm is that of the network's gradients; the projections, which are not part of it, are not clipped.</summary>
    public double? ApplyGradients(OptimizerStep step)
    {
        double? norm = _student.ApplyGradients(step);
        if (norm is { } measured && !double.IsFinite(measured)) _features?.ClearGradients();
        else _features?.ApplyGradients(step.LearningRate);
        return norm;
    }

    public void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits, bool average = false) =>
        _student.Score(images, count, height, width, logits, average);

    public WeightSet ExportWeights(bool average = false) => _student.ExportWeights(average);

    public void ExportWeights(WeightSet destination, bool average = false) => _student.ExportWeights(destination, average);

    public WeightSet ExportGradients() => _student.ExportGradients();

    public void ImportWeights(WeightSet weights) => _student.ImportWeights(weights);

    public TrainingEngineState ExportState() => _features is null ? _student.ExportState() : ProjectionState.Add(_student.ExportState(), _features);

    public void ImportState(TrainingEngineState state)
    {
        _student.ImportState(ProjectionState.Remove(state));
        if (_features is not null) ProjectionState.Import(state, _features);
    }

    public void SetFrozen(IReadOnlySet<string> parameters) => _student.SetFrozen(parameters);

    public void Dispose()
    {
        _student.Dispose();
        _features?.Dispose();
        _teacher?.Dispose();
    }

    private void Ask(TrainingBatch batch)
    {
        int count = batch.Count;
        if (_logits is not null) _logits.CopyTo(batch.Items.AsSpan(0, count), _objective.Logits);
        else _teacher!.Score(batch.Images, count, _objective.Logits);
        for (int image = 0; image < count; image++)
            _objective.Weights[image] = (float)(1 - ((1 - _options.TeacherWeight) * (batch.LabeledShares?[image] ?? 1)));
        for (int i = 0; i < _maps.Length; i++) _maps[i].Compute(_teacher!, batch.Images, count, _features!.Targets[i]);
    }
}
