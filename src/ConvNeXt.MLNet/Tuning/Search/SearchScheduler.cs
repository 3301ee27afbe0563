using System.Collections.Immutable;

namespace ConvNeXt.MLNet.Tuning.Search;

/// <summary>What to do next: some tasks that belong together.</summary>
/// <param name="Trial">The trial that they are for.</param>
/// <param name="Round">The round that is closed if there is no time for them.</param>
/// <param name="Tasks">The tasks, in order; before those of a promoted trial, those of the default settings that it will be compared with.</param>
internal sealed record SearchStep(int Trial, int Round, ImmutableArray<TrialTask> Tasks);

/// <summary>
/// Asynchronous successive halving (Li et al., "A System for Massively Parallel Hyperparameter Tuning", 2020) for one worker: a trial is promoted as soon as it
/// is among the best third of its round, and a new one begins where none can be promoted. So the search may end at any time. What comes next depends on the
/// outcomes so far and on the seed alone; a search that is told the same outcomes in the same order goes the same way.
/// </summary>
internal sealed class SearchScheduler
{
    private const int Floor = TuningTrial.LinearProbe, Default = TuningTrial.Default, FirstDrawn = Default + 1;

    private readonly SearchPolicy _policy;
    private readonly SettingsSampler _sampler;
    private readonly int? _mostTrials;
    private readonly SortedDictionary<int, TrialRecord> _trials = [];
    private readonly HashSet<int> _closed = [];

    /// <param name="policy">The rounds.</param>
    /// <param name="sampler">Draws settings.</param>
    /// <param name="floor">The settings of the trial that is measured first and in full; null for no such trial.</param>
    /// <param name="mostTrials">The most trials besides that one; null for no limit.</param>
    public SearchScheduler(SearchPolicy policy, SettingsSampler sampler, ImmutableSortedDictionary<string, double>? floor, int? mostTrials)
    {
        (_policy, _sampler, _mostTrials) = (policy, sampler, mostTrials);
        if (floor is not null) _trials.Add(Floor, new TrialRecord(Floor, floor));
        _trials.Add(Default, new TrialRecord(Default, sampler.Start));
    }

    /// <summary>All trials that began.</summary>
    public IEnumerable<TrialRecord> Trials => _trials.Values;

    /// <summary>The trial with a number.</summary>
    public TrialRecord this[int number] => _trials[number];

    /// <summary>Whether a trial besides the first two was measured as far as the default settings, so that they can be compared.</summary>
    public bool HasCandidates => DecisiveRound >= 0;

    /// <summary>The last round that compares drawn trials with the default settings; -1 for none.</summary>
    private int DecisiveRound
    {
        get
        {
            int round = _policy.Last;
            while (round >= 0 && !(Drawn.Any(trial => HasPassed(trial, round)) && IsDone(_trials[Default], round))) round--;
            return round;
        }
    }

    private IEnumerable<TrialRecord> Drawn => _trials.Values.Where(trial => trial.Number >= FirstDrawn);

    /// <summary>Adds what a task gave.</summary>
    public void Add(int trial, int round, int split, ImmutableSortedDictionary<string, double> settings, TrialOutcome outcome, double seconds)
    {
        TrialRecord record = GetOrAdd(trial, settings);
        record.Add(round, split, outcome);
        record.Seconds += seconds;
    }

    /// <summary>Gives up a trial's next measurement, for which there is no time.</summary>
    public void Skip(int trial, ImmutableSortedDictionary<string, double> settings) => GetOrAdd(trial, settings).IsSkipped = true;

    /// <summary>Ends a round, for which there is no time.</summary>
    public void Close(int round) => _closed.Add(round);

    /// <summary>Returns what to do next; null if the search is over.</summary>
    public SearchStep? Next()
    {
        if (_trials.TryGetValue(Floor, out TrialRecord? floor) && !IsDone(floor, _policy.Last) && !_closed.Contains(0))
            return new SearchStep(Floor, 0, Missing(floor, _policy.Last));
        if (!IsDone(_trials[Default], 0)) return _closed.Contains(0) ? null : new SearchStep(Default, 0, Missing(_trials[Default], 0));
        // Trials of earlier rounds cannot be chosen any more.
        if (_closed.Any(round => DecisiveRound >= round)) return null;
        return FindPromotion() ?? FindNewTrial() ?? FindLastPromotion() ?? FindComparisonWithFloor();
    }

    /// <summary>
    /// Returns the trial to use: the one with the lowest loss in the last round that compares trials, unless it is better than the default settings by less
    /// than one standard error of the difference, which may be chance. If no trial could be trained, these are the default settings with their failure.
    /// </summary>
    public TrialRecord Choose()
    {
        TrialRecord chosen = _trials[Default];
        int round = DecisiveRound;
        if (round >= 0)
        {
            TrialRecord best = FindBest(round);
            if (IsClearlyBetter(best, chosen, round)) chosen = best;
        }
        // A head on features has no shorter schedule, so it is compared with trials that were trained in full.
        bool isInFull = chosen.Failure is not null || HasPassed(chosen, _policy.Last);
        bool hasFloor = _trials.TryGetValue(Floor, out TrialRecord? floor) && HasPassed(floor, _policy.Last);
        return isInFull && hasFloor && IsClearlyBetter(floor!, chosen, _policy.Last) ? floor! : chosen;
    }

    private TrialRecord FindBest(int round) => Drawn.Where(trial => HasPassed(trial, round)).MinBy(trial => LossOf(trial, round))!;

    private TrialRecord GetOrAdd(int trial, ImmutableSortedDictionary<string, double> settings)
    {
        if (_trials.TryGetValue(trial, out TrialRecord? record)) return record;
        record = new TrialRecord(trial, settings);
        _trials.Add(trial, record);
        return record;
    }

    private SearchStep? FindPromotion()
    {
        for (int next = _policy.Last; next > 0; next--)
        {
            if (_closed.Contains(next)) continue;
            int round = next - 1;
            TrialRecord[] ranked =
            [
                .. _trials.Values.Where(trial => trial.Number != Floor && (trial.Failure is null ? HasPassed(trial, round) : round == 0))
                    .OrderBy(trial => LossOf(trial, round)).ThenBy(trial => trial.Number),
            ];
            TrialRecord? promoted = ranked.Take(ranked.Length / _policy.Reduction)
                .FirstOrDefault(trial => trial.Number != Default && trial.Failure is null && !trial.IsSkipped && !IsDone(trial, next));
            if (promoted is not null) return Promote(promoted, next);
        }
        return null;
    }

    private SearchStep? FindNewTrial()
    {
        if (_closed.Contains(0)) return null;
        TrialRecord last = _trials.Values.Last();
        if (!IsDone(last, 0) && !last.IsSkipped) return new SearchStep(last.Number, 0, Missing(last, 0));
        int number = last.Number + 1;
        if (number > _mostTrials) return null;
        int round = Math.Max(0, DecisiveRound);
        TrialRecord best = Drawn.Append(_trials[Default]).Where(trial => HasPassed(trial, round)).MinBy(trial => LossOf(trial, round)) ?? _trials[Default];
        return _sampler.Draw(number, best.Settings, [.. _trials.Values.Select(trial => trial.Settings)]) is { } settings
            ? new SearchStep(number, 0, Missing(new TrialRecord(number, settings), 0))
            : null;
    }

    /// <summary>When no trials begin any more, the best one is still measured in full.</summary>
    private SearchStep? FindLastPromotion()
    {
        int round = DecisiveRound, next = round + 1;
        if (round < 0 || round == _policy.Last || _closed.Contains(next)) return null;
        TrialRecord best = FindBest(round);
        return best.IsSkipped || LossOf(best, round) >= LossOf(_trials[Default], round) ? null : Promote(best, next);
    }

    /// <summary>A head on features that is better than the default settings so far is compared with them in full.</summary>
    private SearchStep? FindComparisonWithFloor()
    {
        TrialRecord usual = _trials[Default];
        if (usual.Failure is not null || usual.IsSkipped || HasPassed(usual, _policy.Last) || _closed.Contains(_policy.Last)) return null;
        if (!_trials.TryGetValue(Floor, out TrialRecord? floor) || floor.Failure is not null || Choose().Number != Default) return null;
        int round = usual.FindLastRound(_policy), splits = _policy.Rounds[round].Splits;
        return floor.LossOf(_policy.Last, splits) < usual.LossOf(round, splits) ? new SearchStep(Default, _policy.Last, Missing(usual, _policy.Last)) : null;
    }

    private SearchStep Promote(TrialRecord trial, int round)
    {
        TrialRecord usual = _trials[Default];
        ImmutableArray<TrialTask> before = usual.Failure is null ? Missing(usual, round) : [];
        return new SearchStep(trial.Number, round, [.. before, .. Missing(trial, round)]);
    }

    private ImmutableArray<TrialTask> Missing(TrialRecord trial, int round) =>
    [
        .. Enumerable.Range(0, _policy.Rounds[round].Splits).Where(split => !trial.Has(round, split))
            .Select(split => new TrialTask(trial.Number, round, split, _policy.Rounds[round].Share, trial.Settings)),
    ];

    /// <summary>Whether a trial needs no more measurements in a round.</summary>
    private bool IsDone(TrialRecord trial, int round) => trial.Failure is not null || HasPassed(trial, round);

    private bool HasPassed(TrialRecord trial, int round) => trial.Failure is null && trial.IsMeasured(round, _policy.Rounds[round].Splits);

    private double LossOf(TrialRecord trial, int round) => trial.LossOf(round, _policy.Rounds[round].Splits);

    private bool IsClearlyBetter(TrialRecord trial, TrialRecord other, int round)
    {
        if (other.Failure is not null) return true;
        int splits = _policy.Rounds[round].Splits;
        double[] gains = [.. other.LossesOf(round, splits).Zip(trial.LossesOf(round, splits), (before, after) => (double)before - after)];
        double mean = gains.Average(), variance = gains.Sum(gain => (gain - mean) * (gain - mean)) / Math.Max(1, gains.Length - 1);
        return mean > Math.Sqrt(variance / gains.Length);
    }
}
