using System.Collections.Immutable;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.MLNet.Training;
using ConvNeXt.MLNet.Tuning.Search;
using ConvNeXt.MLNet.Tuning.Trials;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Tuning;

/// <summary>A search on the images of a trainer, from its journal to its result.</summary>
/// <param name="tuning">How long and where to search.</param>
/// <param name="start">What trials start from.</param>
/// <param name="images">The images for training.</param>
/// <param name="heldOut">The images that are held out; null to take a fraction of <paramref name="images"/>.</param>
/// <param name="seed">The seed.</param>
internal sealed class TuningSearch(TuningOptions tuning, TrialStart start, LabeledImages images, LabeledImages? heldOut, long seed)
{
    /// <summary>With fewer images of a class, what a split measures on them says nothing.</summary>
    private const int FewestPerClass = 10;

    private const double MinutesBetweenCheckpoints = 0.5;

    private readonly List<string> _notes = [];

    /// <summary>Whether the weights are trained and the head is not, so that it can be solved.</summary>
    public required bool IsHeadNew { get; init; }

    /// <summary>Estimates the time of one training with the default settings.</summary>
    public required Func<TimeSpan> FindDuration { get; init; }

    /// <summary>Returns the options of a trainer with a recipe.</summary>
    public required Func<TunedRecipe, ConvNeXtTrainer.Options> CreateOptions { get; init; }

    /// <summary>Trains a model on all images.</summary>
    public required Func<ConvNeXtTrainer.Options, ConvNeXtClassificationTransformer> Train { get; init; }

    /// <summary>Throws to cancel.</summary>
    public required Action CheckAlive { get; init; }

    /// <summary>Cancels.</summary>
    public required CancellationToken Cancellation { get; init; }

    /// <summary>Searches, measures on the held-out images and trains the final model.</summary>
    public TuningResult Run()
    {
        TuningSpace space = (tuning.Space ?? TuningSpace.Around(start.Recipe.Recipe)).Without(tuning.Fixed);
        if (!IsHeadNew) space = space.Without(TunedOption.SolveHead);
        space.Validate();
        ImmutableSortedDictionary<string, double> usual = TrialSettings.Read(space, start.Recipe);
        TrialSplits splits = TrialSplits.Create(images, heldOut, tuning.HeldOutFraction, seed);
        using SearchJournal journal = SearchJournal.Open(tuning.Folder, tuning.Resume, CreateIdentity(space));
        var scheduler = new SearchScheduler(
            tuning.Policy, new SettingsSampler(space, usual, tuning.Policy.DrawsNearBest, seed), IsHeadNew ? TrialSettings.LinearProbe : null, tuning.Trials);
        SearchBudget? budget = null;
        var evaluator = new TrialEvaluator(
            start, splits, tuning.Folder, (task, step) => Report(budget!, tuning.Policy.Describe(task), step), CheckAlive, Cancellation);
        double work = evaluator.EstimateWork(new TrialTask(TuningTrial.Default, tuning.Policy.Last, TrialTask.HeldOut, 1, usual));
        // The plan is for all images, of which the held-out ones are a part.
        double share = (double)splits.Images.Count / images.Count;
        budget = new SearchBudget(tuning.TimeLimit, tuning.Clock ?? TimeProvider.System, tuning.TimeLimit is null ? 0 : FindDuration().TotalSeconds * share / work);
        var run = new SearchRun(
            scheduler, evaluator, journal, budget, tuning.Policy, tuning.TrainsFinalModel, trial => Report(budget, tuning.Policy.Describe(trial)));
        run.Replay();
        bool isCanceled = false;
        ConvNeXtClassificationTransformer? model = null;
        TrialRecord chosen = scheduler[TuningTrial.Default];
        try
        {
            if (HasEnoughImages(splits)) run.Search();
            do
            {
                chosen = scheduler.Choose();
                if (chosen.Failure is { } failure)
                    throw new InvalidOperationException($"No trial could be trained; the default settings failed with: {failure}");
                if (splits.HeldOut is not null) run.MeasureHeldOut(chosen);
            }
            while (scheduler.Choose() != chosen); // the chosen settings failed on the whole set
            if (tuning.TrainsFinalModel) model = TrainFinal(chosen, budget, run);
            isCanceled = model is null && tuning.TrainsFinalModel;
        }
        catch (OperationCanceledException)
        {
            (isCanceled, chosen) = (true, scheduler.Choose());
        }
        if (!isCanceled) AddNotes(scheduler, chosen);
        return new TuningResult
        {
            Options = CreateOptions(TunedRecipe(chosen)),
            Chosen = tuning.Policy.Describe(chosen),
            Trials = [.. scheduler.Trials.Select(trial => tuning.Policy.Describe(trial))],
            HeldOut = tuning.Policy.ScoreHeldOut(chosen),
            DefaultHeldOut = tuning.Policy.ScoreHeldOut(scheduler[TuningTrial.Default]),
            Model = model,
            IsCanceled = isCanceled,
            Notes = [.. _notes],
            Elapsed = budget.Elapsed,
        };
    }

    private TunedRecipe TunedRecipe(TrialRecord trial)
    {
        TunedRecipe recipe = TrialSettings.Apply(start.Recipe, trial.Settings);
        string name = recipe.Recipe.Name;
        return trial.Number == TuningTrial.Default ? recipe : recipe with { Recipe = recipe.Recipe with { Name = $"{name}, tuned" } };
    }

    /// <summary>Trains on all images; null if that was canceled. It is continued from its checkpoint if the search is continued.</summary>
    private ConvNeXtClassificationTransformer? TrainFinal(TrialRecord chosen, SearchBudget budget, SearchRun run)
    {
        ConvNeXtTrainer.Options options = CreateOptions(TunedRecipe(chosen));
        if (budget.Left is { } left && !budget.Fits(run.EstimateFinalWork(chosen)) && !chosen.Has(tuning.Policy.Last, TrialTask.HeldOut))
        {
            options.MaxTrainingTime = TimeSpan.FromSeconds(Math.Max(1, left.TotalSeconds));
            _notes.Add("The time is too short even for one training with the default settings; the model was trained for a shorter time.");
        }
        options.ProgressCallback = step => Report(budget, "final training on all images", step);
        if (tuning.Folder is { } folder)
            options.Checkpoints = new CheckpointOptions { Folder = Path.Combine(folder, "final"), EveryMinutes = MinutesBetweenCheckpoints, Resume = true };
        ConvNeXtClassificationTransformer model = Train(options);
        if (Cancellation.IsCancellationRequested) return null;
        if (options.Checkpoints is { } checkpoints) Directory.Delete(checkpoints.Folder, recursive: true);
        return model;
    }

    private bool HasEnoughImages(TrialSplits splits)
    {
        var fewest = splits.Images.Labels.Where(label => label != ILabeledImageSource.Unlabeled).CountBy(label => label).MinBy(label => label.Value);
        int all = images.Labels.Count(label => label == fewest.Key);
        if (all >= FewestPerClass) return true;
        _notes.Add(Invariant(
            $"The smallest class has {all} images; with fewer than {FewestPerClass}, settings cannot be compared. The default settings are used."));
        return false;
    }

    private void AddNotes(SearchScheduler scheduler, TrialRecord chosen)
    {
        if (_notes.Count == 0 && !scheduler.HasCandidates)
            _notes.Add("No other settings could be compared with the default ones, which are used; a search needs more time or more trials.");
        else if (_notes.Count == 0 && chosen.Number == TuningTrial.Default)
            _notes.Add("No settings were clearly better than the default ones, which are used.");
        if (tuning.Policy.ScoreHeldOut(chosen) is null)
            _notes.Add("There was no time, or there were too few images, to measure the result on images that are held out.");
    }

    private void Report(SearchBudget budget, string activity, TrainingProgress step) =>
        tuning.ProgressCallback?.Invoke(new TuningProgress { Activity = activity, Elapsed = budget.Elapsed, Step = step });

    private void Report(SearchBudget budget, TuningTrial trial) =>
        tuning.ProgressCallback?.Invoke(new TuningProgress { Activity = trial.Name, Elapsed = budget.Elapsed, Measured = trial });

    /// <summary>What has to be the same to continue a search: everything that changes its trials, its splits or its end.</summary>
    private ImmutableSortedDictionary<string, string> CreateIdentity(TuningSpace space)
    {
        if (tuning.Folder is null) return ImmutableSortedDictionary<string, string>.Empty;
        TrainingOptions options = start.CreateOptions(start.Recipe);
        var train = new ImageSet(images, start.Config.ClassCount, isValidation: false, mayLackLabels: start.Teacher is not null);
        var others = heldOut is null ? null : new ImageSet(heldOut, start.Config.ClassCount, isValidation: true);
        return RunIdentity.Create(start.Config, options, start.Weights ?? WeightInitializer.Create(start.Config, seed), train, others, start.Teacher)
            .Add("search: time limit", Invariant($"{tuning.TimeLimit}"))
            .Add("search: trials", Invariant($"{tuning.Trials}"))
            .Add("search: held out", heldOut is null ? Invariant($"{tuning.HeldOutFraction}") : "other images")
            .Add("search: space", string.Join("; ", space.Dimensions))
            .Add("search: rounds", string.Join("; ", tuning.Policy.Rounds.Select(round => Invariant($"{round.Share}, {round.Splits}"))));
    }
}
