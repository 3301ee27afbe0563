using System.Collections.Immutable;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Tuning.Search;

/// <summary>
/// Runs a search: asks the scheduler what comes next, evaluates it, and writes each outcome and each decision of the clock to the journal. A search that is
/// continued replays its journal first.
/// </summary>
/// <param name="scheduler">Decides what comes next.</param>
/// <param name="evaluator">Trains and measures.</param>
/// <param name="journal">The journal.</param>
/// <param name="budget">The time.</param>
/// <param name="policy">The rounds.</param>
/// <param name="trainsFinal">Whether the chosen settings are trained once more after the search, which then leaves the time for it.</param>
/// <param name="measured">Called after a trial was measured on all splits of a round, or failed.</param>
internal sealed class SearchRun(
    SearchScheduler scheduler,
    ITrialEvaluator evaluator,
    SearchJournal journal,
    SearchBudget budget,
    SearchPolicy policy,
    bool trainsFinal = true,
    Action<TrialRecord>? measured = null)
{
    /// <summary>The first estimate, from two steps on a machine that others use, may be so many times too high.</summary>
    private const double Doubt = 2;

    private bool _isUnmeasured;

    /// <summary>Tells the scheduler what the journal says.</summary>
    public void Replay()
    {
        foreach (JournalLine line in journal.Lines) Apply(line);
        if (journal.Lines is [.., var last]) budget.ContinueAt(last.At);
    }

    /// <summary>Searches until nothing is left to try or there is no time for it.</summary>
    /// <exception cref="OperationCanceledException">The search was canceled; what was measured is in the journal.</exception>
    public void Search()
    {
        while (scheduler.Next() is { } step)
        {
            if (Fits(step)) Evaluate(step.Tasks[0]);
            else GiveUp(step);
        }
    }

    /// <summary>Measures the default settings and a trial on the held-out images, if there is time for it and for training once more after that.</summary>
    /// <exception cref="OperationCanceledException">The search was canceled.</exception>
    public void MeasureHeldOut(TrialRecord chosen)
    {
        TrialTask[] tasks =
        [
            .. new[] { scheduler[TuningTrial.Default], chosen }.DistinctBy(trial => trial.Number)
                .Where(trial => trial.Failure is null && !trial.Has(policy.Last, TrialTask.HeldOut)).Select(HeldOutTask),
        ];
        if (_isUnmeasured || tasks.Length == 0) return;
        if (!budget.Fits(tasks.Sum(evaluator.EstimateWork) + EstimateFinalWork(chosen)))
        {
            Record(new JournalLine { Event = JournalEvent.Unmeasured });
            return;
        }
        foreach (TrialTask task in tasks) Evaluate(task);
    }

    /// <summary>The work of training the final model with the settings of a trial; 0 if none is trained.</summary>
    public double EstimateFinalWork(TrialRecord trial) => trainsFinal ? EstimateFullWork(trial) : 0;

    /// <summary>
    /// Whether a step can be done, with what has to follow it: both measurements on held-out images, and the final training. The pace is known when the default
    /// settings were trained for the first time; until then it is a rough estimate, and only the final training is reserved.
    /// </summary>
    private bool Fits(SearchStep step)
    {
        TrialRecord usual = scheduler[TuningTrial.Default];
        double work = step.Tasks.Sum(evaluator.EstimateWork);
        if (step.Trial <= TuningTrial.Default && step.Round == 0) return budget.Fits((work + EstimateFinalWork(usual)) / Doubt);
        double ofStep = evaluator.EstimateWork(HeldOutTask(usual) with { Settings = step.Tasks[^1].Settings });
        double ofBest = Math.Max(EstimateFullWork(scheduler.Choose()), ofStep);
        return budget.Fits(work + EstimateFullWork(usual) + (trainsFinal ? 2 * ofBest : ofBest));
    }

    /// <summary>Leaves out a trial that takes longer than others, or closes the round if there is no time for any.</summary>
    private void GiveUp(SearchStep step)
    {
        ImmutableSortedDictionary<string, double> usual = scheduler[TuningTrial.Default].Settings;
        bool isCostly = step.Trial > TuningTrial.Default
            && Fits(step with { Tasks = [.. step.Tasks.Select(task => task with { Settings = usual })] });
        Record(isCostly
            ? new JournalLine { Event = JournalEvent.Skipped, Trial = step.Trial, Settings = step.Tasks[^1].Settings }
            : new JournalLine { Event = JournalEvent.Closed, Round = step.Round });
    }

    private void Evaluate(TrialTask task)
    {
        TimeSpan started = budget.Elapsed;
        TrialOutcome outcome = evaluator.Evaluate(task);
        Record(new JournalLine
        {
            Event = JournalEvent.Measured,
            Trial = task.Trial,
            Round = task.Round,
            Split = task.Split,
            Settings = task.Settings,
            LogLoss = outcome.Failure is null ? Math.Round(outcome.Losses.Average(loss => (double)loss), 4) : null,
            Hits = outcome.Failure is null ? outcome.Hits : null,
            Losses = outcome.Failure is null ? outcome.Losses : null,
            Failure = outcome.Failure,
            Seconds = Math.Round((budget.Elapsed - started).TotalSeconds, 2),
        });
        TrialRecord trial = scheduler[task.Trial];
        bool isComplete = task.Split == TrialTask.HeldOut || trial.IsMeasured(task.Round, policy.Rounds[task.Round].Splits);
        if (isComplete || trial.Failure is not null) measured?.Invoke(trial);
    }

    private void Record(JournalLine line)
    {
        line = line with { At = Math.Round(budget.Elapsed.TotalSeconds, 2) };
        journal.Append(line);
        Apply(line);
    }

    private void Apply(JournalLine line)
    {
        switch (line.Event)
        {
            case JournalEvent.Measured:
                var outcome = new TrialOutcome { Losses = line.Losses ?? [], Hits = line.Hits ?? 0, Failure = line.Failure };
                scheduler.Add(line.Trial!.Value, line.Round!.Value, line.Split!.Value, line.Settings!, outcome, line.Seconds!.Value);
                Learn(line);
                break;
            case JournalEvent.Skipped:
                scheduler.Skip(line.Trial!.Value, line.Settings!);
                break;
            case JournalEvent.Closed:
                scheduler.Close(line.Round!.Value);
                break;
            default:
                _isUnmeasured = true;
                break;
        }
    }

    // A head on features takes little and says nothing about training; a failure ends early.
    private void Learn(JournalLine line)
    {
        if (line.Trial == TuningTrial.LinearProbe || line.Failure is not null) return;
        int round = line.Round!.Value;
        if (round > policy.Last) throw new InvalidDataException(Invariant($"The journal has a round {round}; the search has {policy.Last + 1}."));
        double share = line.Split == TrialTask.HeldOut ? 1 : policy.Rounds[round].Share;
        budget.Learn(evaluator.EstimateWork(new TrialTask(line.Trial!.Value, round, line.Split!.Value, share, line.Settings!)), line.Seconds!.Value);
    }

    private double EstimateFullWork(TrialRecord trial) => evaluator.EstimateWork(HeldOutTask(trial));

    private TrialTask HeldOutTask(TrialRecord trial) => new(trial.Number, policy.Last, TrialTask.HeldOut, 1, trial.Settings);
}
