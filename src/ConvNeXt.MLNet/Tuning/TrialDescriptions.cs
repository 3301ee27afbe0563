using ConvNeXt.MLNet.Tuning.Search;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Tuning;

/// <summary>What a search knows about its trials, in the terms of its result.</summary>
internal static class TrialDescriptions
{
    /// <summary>How good a trial is on the held-out images; null if it was not measured on them.</summary>
    public static TuningScore? ScoreHeldOut(this SearchPolicy policy, TrialRecord trial) => trial.Find(policy.Last, TrialTask.HeldOut) is { } outcome
        ? Score([.. outcome.Losses], outcome.Hits)
        : null;

    /// <summary>How far a trial got.</summary>
    public static TuningTrial Describe(this SearchPolicy policy, TrialRecord trial)
    {
        int round = trial.FindLastRound(policy), splits = round < 0 ? 0 : policy.Rounds[round].Splits;
        return new TuningTrial
        {
            Number = trial.Number,
            Settings = trial.Settings,
            StepShare = policy.Rounds[Math.Max(0, round)].Share,
            Score = round < 0 ? null : Score(trial.LossesOf(round, splits), trial.HitsOf(round, splits)),
            Splits = splits,
            Elapsed = TimeSpan.FromSeconds(trial.Seconds),
            Failure = trial.Failure,
        };
    }

    /// <summary>What is being trained, such as "trial 7, 0.5 of the steps, split 2 of 2".</summary>
    public static string Describe(this SearchPolicy policy, TrialTask task)
    {
        string name = task.Trial switch { TuningTrial.LinearProbe => "features", TuningTrial.Default => "default", _ => Invariant($"trial {task.Trial}") };
        return task.Split == TrialTask.HeldOut
            ? $"{name}, for the held-out images"
            : Invariant($"{name}, {task.Share:0.##} of the steps, split {task.Split + 1} of {policy.Rounds[task.Round].Splits}");
    }

    private static TuningScore Score(float[] losses, int hits) => new(losses.Average(loss => (double)loss), (double)hits / losses.Length, losses.Length);
}
