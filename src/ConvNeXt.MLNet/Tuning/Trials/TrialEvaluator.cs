using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Distillation;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Training;
using ConvNeXt.MLNet.Tuning.Search;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Tuning.Trials;

/// <summary>What all trials of a search start from.</summary>
/// <param name="Config">The network.</param>
/// <param name="Weights">Its weights; null to draw them from the seed.</param>
/// <param name="Teacher">The teacher; null for none.</param>
/// <param name="Engine">Creates the engines.</param>
/// <param name="Recipe">The recipe of the default settings.</param>
/// <param name="CreateOptions">Returns the training options for a recipe.</param>
internal sealed record TrialStart(
    ConvNeXtConfig Config,
    WeightSet? Weights,
    TrainingTeacher? Teacher,
    EngineChoice Engine,
    TunedRecipe Recipe,
    Func<TunedRecipe, TrainingOptions> CreateOptions);

/// <summary>
/// Trains and measures trials. Each training is a run of its own with a schedule of its length, so that what is measured is what the settings give in that
/// time. The run of a search that was killed is continued from its checkpoint, bit for bit.
/// </summary>
/// <param name="start">What trials start from.</param>
/// <param name="splits">The images.</param>
/// <param name="folder">The folder for checkpoints; null for none.</param>
/// <param name="progress">Called after each step.</param>
/// <param name="checkAlive">Throws to cancel.</param>
/// <param name="cancellation">Cancels.</param>
internal sealed class TrialEvaluator(
    TrialStart start,
    TrialSplits splits,
    string? folder,
    Action<TrialTask, TrainingProgress> progress,
    Action checkAlive,
    CancellationToken cancellation) : ITrialEvaluator
{
    private const double MinutesBetweenCheckpoints = 0.5, BackwardWork = 2;

    /// <inheritdoc/>
    public TrialOutcome Evaluate(TrialTask task)
    {
        cancellation.ThrowIfCancellationRequested();
        checkAlive();
        TunedRecipe recipe = TrialSettings.Apply(start.Recipe, task.Settings, task.Share);
        (LabeledImages training, LabeledImages measured) = FindImages(task);
        CheckpointOptions? checkpoints = PrepareCheckpoints(task);
        TrialOutcome outcome;
        try
        {
            outcome = TrainAndMeasure(task, recipe, training, measured, checkpoints);
        }
        catch (Exception e) when (e is TrainingDivergedException or OutOfMemoryException or ArgumentException) // the last: settings that exclude each other
        {
            outcome = new TrialOutcome { Failure = e.Message };
        }
        if (checkpoints is not null) Directory.Delete(checkpoints.Folder, recursive: true);
        return outcome;
    }

    /// <summary>Pixels that are trained on, three times those that are only scored.</summary>
    public double EstimateWork(TrialTask task)
    {
        TunedRecipe recipe = TrialSettings.Apply(start.Recipe, task.Settings, task.Share);
        (LabeledImages training, LabeledImages measured) = FindImages(task);
        TrainingOptions options = start.CreateOptions(recipe).DecideHead(training.Count, start.Weights is not null);
        double scored = measured.Count + (options.SolveHead || options.LinearProbe ? training.Count : 0);
        double work = scored * options.Preprocessing.Length;
        return options.LinearProbe ? work : work + ((1 + BackwardWork) * (double)training.Count * BatchPlan.EpochsOfRun(options, training.Count) * options.TrainingPreprocessing.Length);
    }

    private (LabeledImages Training, LabeledImages Measured) FindImages(TrialTask task) =>
        task.Split == TrialTask.HeldOut ? (splits.Images, splits.HeldOut ?? splits.Images) : splits[task.Split];

    private TrialOutcome TrainAndMeasure(TrialTask task, TunedRecipe recipe, LabeledImages training, LabeledImages measured, CheckpointOptions? checkpoints)
    {
        TrainingOptions options = start.CreateOptions(recipe);
        ConvNeXtConfig config = recipe.Recipe.ApplyTo(start.Config);
        var session = new TrainingSession(config, start.Weights, options, training, createEngine: start.Engine.CreateTrainingEngine, teacher: start.Teacher)
        {
            CreateScoringEngine = CreateScoringEngine,
            Checkpoints = checkpoints,
            FindAvailableMemory = null,
        };
        TrainingResult result = session.Run(new TrainingCallbacks { Step = step => progress(task, step), CheckAlive = checkAlive }, cancellation);
        if (result.Cancelled) throw new OperationCanceledException(cancellation);
        using IScoringEngine engine = CreateScoringEngine(config, result.Weights);
        int loaders = options.LoaderThreads > 0 ? options.LoaderThreads : Math.Max(1, Environment.ProcessorCount / 2);
        return ImageLosses.Compute(engine, measured, options with { Preprocessing = result.Preprocessing }, loaders, CheckAlive);

        IScoringEngine CreateScoringEngine(ConvNeXtConfig network, WeightSet weights) =>
            start.Engine.CreateScoringEngine(network, weights, options.ComputeThreads);
    }

    private void CheckAlive()
    {
        cancellation.ThrowIfCancellationRequested();
        checkAlive();
    }

    /// <summary>Removes checkpoints of other tasks, which are done.</summary>
    private CheckpointOptions? PrepareCheckpoints(TrialTask task)
    {
        if (folder is null) return null;
        string all = Path.Combine(folder, "running");
        string own = Path.Combine(all, Invariant($"trial-{task.Trial}-round-{task.Round}-split-{(task.Split == TrialTask.HeldOut ? "held-out" : task.Split)}"));
        if (Directory.Exists(all))
            foreach (string other in Directory.GetDirectories(all))
                if (other != own) Directory.Delete(other, recursive: true);
        return new CheckpointOptions { Folder = own, EveryMinutes = MinutesBetweenCheckpoints, Resume = true };
    }
}
