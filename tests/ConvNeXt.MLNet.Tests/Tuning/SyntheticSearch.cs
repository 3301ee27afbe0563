using System.Collections.Immutable;
using ConvNeXt.MLNet.Tuning;
using ConvNeXt.MLNet.Tuning.Search;
using ConvNeXt.MLNet.Tuning.Trials;

namespace ConvNeXt.Tests.Tuning;

/// <summary>A search with a made-up objective.</summary>
internal sealed record SyntheticSearch(SearchScheduler Scheduler, SyntheticTrials Trials, TimeSpan Elapsed)
{
    public TrialRecord Chosen => Scheduler.Choose();

    /// <summary>Searches from the beginning, or from what the journal says.</summary>
    public static SyntheticSearch Run(
        long seed,
        TimeSpan? limit = null,
        int? trials = null,
        SearchPolicy? policy = null,
        string? folder = null,
        Func<TrialTask, string?>? fail = null,
        bool trainsFinal = true)
    {
        policy ??= new SearchPolicy();
        var time = new ManualTime();
        var evaluator = new SyntheticTrials(time, fail);
        var sampler = new SettingsSampler(SyntheticTrials.Space, SyntheticTrials.Start, policy.DrawsNearBest, seed);
        var scheduler = new SearchScheduler(policy, sampler, TrialSettings.LinearProbe, trials);
        using SearchJournal journal = SearchJournal.Open(folder, resume: true, ImmutableSortedDictionary<string, string>.Empty.Add("seed", $"{seed}"));
        var budget = new SearchBudget(limit, time, estimatedSeconds: 1);
        var run = new SearchRun(scheduler, evaluator, journal, budget, policy, trainsFinal);
        run.Replay();
        run.Search();
        run.MeasureHeldOut(scheduler.Choose());
        return new SyntheticSearch(scheduler, evaluator, budget.Elapsed);
    }
}
