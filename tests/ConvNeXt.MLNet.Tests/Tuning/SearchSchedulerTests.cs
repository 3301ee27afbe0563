using ConvNeXt.MLNet.Tuning;
using ConvNeXt.MLNet.Tuning.Search;

namespace ConvNeXt.Tests.Tuning;

/// <summary>What a search tries, promotes and chooses, on a made-up objective.</summary>
[TestClass]
public sealed class SearchSchedulerTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [TestMethod]
    public void FeaturesComeFirst_ThenTheDefault_ThenTheOthers()
    {
        TrialTask[] tasks = [.. SyntheticSearch.Run(seed: 1, trials: 4).Trials.Evaluated];
        CollectionAssert.AreEqual(new[] { 0, 0, 0, 1, 2 }, tasks.Take(5).Select(task => task.Trial).ToArray());
        Assert.IsTrue(tasks[..3].All(task => task.Settings.ContainsKey(TunedOption.LinearProbe)));
        Assert.IsTrue(tasks[3].Settings.SequenceEqual(SyntheticTrials.Start));
        Assert.AreEqual(0.25, tasks[3].Share);
    }

    [TestMethod]
    public void ATrialIsPromoted_WhenItIsInTheBestThird_AndTheDefaultIsMeasuredBeside()
    {
        SyntheticSearch search = SyntheticSearch.Run(seed: 3, trials: 12);
        TrialTask[] later = [.. search.Trials.Evaluated.Where(task => task.Round > 0 && task.Trial > 0 && task.Split >= 0)];
        Assert.IsNotEmpty(later);
        Assert.AreEqual(TuningTrial.Default, later[0].Trial, "What a promoted trial is compared with comes before it.");
        foreach (TrialTask task in later.Where(task => task.Trial > TuningTrial.Default))
        {
            int position = search.Trials.Evaluated.IndexOf(task);
            double[] losses = [.. search.Trials.Evaluated.Take(position).Where(other => other.Round == task.Round - 1 && other.Trial > 0 && other.Split == 0)
                .Select(other => search.Scheduler[other.Trial].LossOf(other.Round, task.Round == 1 ? 1 : 2)).Order()];
            double own = search.Scheduler[task.Trial].LossOf(task.Round - 1, task.Round == 1 ? 1 : 2);
            bool isLastPromotion = position > search.Trials.Evaluated.FindLastIndex(other => other.Round == 0 && other.Trial > 0);
            Assert.IsTrue(isLastPromotion || Array.IndexOf(losses, own) < losses.Length / 3, $"Trial {task.Trial} in round {task.Round}");
        }
    }

    [TestMethod]
    public void WithTheSameTime_TheSearchFindsBetterSettingsThanRandomSearch()
    {
        double halving = 0, random = 0, usual = SyntheticTrials.TrueLoss(SyntheticTrials.Start);
        const int Seeds = 60;
        for (int seed = 1; seed <= Seeds; seed++)
        {
            halving += SyntheticTrials.TrueLoss(SyntheticSearch.Run(seed, _limit).Chosen.Settings) / Seeds;
            random += SyntheticTrials.TrueLoss(SyntheticSearch.Run(seed, _limit, policy: SearchPolicy.RandomSearch).Chosen.Settings) / Seeds;
        }
        Assert.IsLessThan(random, halving, $"default {usual:0.000}, search {halving:0.000}, random {random:0.000}");
        Assert.IsLessThan(0.3 + ((usual - 0.3) / 3), halving, $"default {usual:0.000}, search {halving:0.000}, random {random:0.000}");
    }

    [TestMethod]
    [DataRow(10)]
    [DataRow(25)]
    [DataRow(60)]
    public void ASearchEndsWithinItsTime_WithTimeForTheFinalTraining(int seconds)
    {
        for (int seed = 1; seed <= 5; seed++)
        {
            SyntheticSearch search = SyntheticSearch.Run(seed, TimeSpan.FromSeconds(seconds));
            Assert.IsLessThanOrEqualTo(seconds - 1.0, search.Elapsed.TotalSeconds, "The final training takes a second.");
            Assert.IsGreaterThan(0.4 * seconds, search.Elapsed.TotalSeconds, "Most of the time is used.");
            Assert.IsTrue(search.Chosen.Has(2, TrialTask.HeldOut));
        }
    }

    [TestMethod]
    public void WithoutAFinalTraining_ItsTimeIsSearched()
    {
        var limit = TimeSpan.FromSeconds(10);
        SyntheticSearch with = SyntheticSearch.Run(seed: 1, limit), without = SyntheticSearch.Run(seed: 1, limit, trainsFinal: false);
        Assert.IsGreaterThan(with.Trials.Evaluated.Count(), without.Trials.Evaluated.Count());
        Assert.IsLessThanOrEqualTo(10, without.Elapsed.TotalSeconds);
        Assert.IsTrue(without.Chosen.Has(2, TrialTask.HeldOut));
    }

    [TestMethod]
    public void WithoutTimeForASearch_TheDefaultIsChosen()
    {
        SyntheticSearch search = SyntheticSearch.Run(seed: 1, TimeSpan.FromSeconds(0.5));
        Assert.IsEmpty(search.Trials.Evaluated);
        Assert.AreEqual(TuningTrial.Default, search.Chosen.Number);
    }

    [TestMethod]
    public void ByTrials_TheSameSeedGivesTheSameSearch_AndAnotherSeedAnother()
    {
        TrialTask[] first = [.. SyntheticSearch.Run(seed: 7, trials: 20).Trials.Evaluated];
        TrialTask[] second = [.. SyntheticSearch.Run(seed: 7, trials: 20).Trials.Evaluated];
        SyntheticSearch other = SyntheticSearch.Run(seed: 8, trials: 20);
        Assert.IsTrue(first.Select(Describe).SequenceEqual(second.Select(Describe)));
        Assert.IsFalse(first.Select(Describe).SequenceEqual(other.Trials.Evaluated.Select(Describe)));
        Assert.AreEqual(20, first.Max(task => task.Trial));
    }

    [TestMethod]
    public void AFailingTrial_IsNotChosen_AndTheSearchGoesOn()
    {
        SyntheticSearch search = SyntheticSearch.Run(seed: 1, trials: 15, fail: task => task.Trial % 3 == 2 ? "diverged" : null);
        Assert.AreEqual(15, search.Trials.Evaluated.Max(task => task.Trial));
        Assert.AreEqual("diverged", search.Scheduler[5].Failure);
        Assert.AreNotEqual(2, search.Chosen.Number % 3);
        Assert.IsLessThan(SyntheticTrials.TrueLoss(SyntheticTrials.Start), SyntheticTrials.TrueLoss(search.Chosen.Settings));
    }

    [TestMethod]
    public void AFailingDefault_IsReplaced()
    {
        SyntheticSearch search = SyntheticSearch.Run(seed: 1, trials: 9, fail: task => task.Trial == TuningTrial.Default ? "no memory" : null);
        Assert.IsGreaterThan(TuningTrial.Default, search.Chosen.Number);
    }

    [TestMethod]
    public void IfEverythingFails_TheChosenTrialSaysWhy()
    {
        SyntheticSearch search = SyntheticSearch.Run(seed: 1, trials: 5, fail: _ => "no memory");
        Assert.AreEqual("no memory", search.Chosen.Failure);
    }

    [TestMethod]
    public void NearlyEqualSettings_DoNotReplaceTheDefault()
    {
        SearchScheduler scheduler = Measure(gain: 0.01f);
        Assert.AreEqual(TuningTrial.Default, scheduler.Choose().Number);
        Assert.AreEqual(2, Measure(gain: 0.2f).Choose().Number);
    }

    [TestMethod]
    public void FeaturesAreChosen_WhereFullTrainingIsClearlyWorse()
    {
        SyntheticSearch search = SyntheticSearch.Run(seed: 1, trials: 1);
        Assert.AreEqual(TuningTrial.Default, search.Chosen.Number);
        var scheduler = new SearchScheduler(SearchPolicy.RandomSearch, Sampler(), SyntheticTrials.Start.Add(TunedOption.LinearProbe, 1), mostTrials: 1);
        for (int split = 0; split < 3; split++)
        {
            scheduler.Add(TuningTrial.LinearProbe, 0, split, SyntheticTrials.Start, Losses(0.5f), 1);
            scheduler.Add(TuningTrial.Default, 0, split, SyntheticTrials.Start, Losses(0.9f), 1);
        }
        Assert.AreEqual(TuningTrial.LinearProbe, scheduler.Choose().Number);
        Assert.IsNull(scheduler.Next());
    }

    [TestMethod]
    public void ASpaceOfFewChoices_EndsWhenAllAreTried()
    {
        var space = new TuningSpace { Dimensions = [TuningDimension.Choice(TunedOption.Augmentation, 1, 2)] };
        var start = SyntheticTrials.Start.Clear().Add(TunedOption.Augmentation, 2);
        var scheduler = new SearchScheduler(new SearchPolicy(), new SettingsSampler(space, start, drawsNearBest: true, seed: 1), floor: null, mostTrials: 50);
        int tasks = 0;
        for (; scheduler.Next() is { } step; tasks++)
        {
            TrialTask task = step.Tasks[0];
            scheduler.Add(task.Trial, task.Round, task.Split, task.Settings, Losses(task.Trial == 2 ? 0.5f : 0.9f), 1);
        }
        Assert.AreEqual(2, scheduler.Trials.Count());
        Assert.AreEqual(12, tasks, "Both trials in all rounds: 1, 2 and 3 splits.");
    }

    private static string Describe(TrialTask task) => $"{task.Trial} {task.Round} {task.Split} {string.Join(' ', task.Settings)}";

    private static SettingsSampler Sampler() => new(SyntheticTrials.Space, SyntheticTrials.Start, drawsNearBest: true, seed: 1);

    private static TrialOutcome Losses(float mean) => new() { Losses = [mean - 0.1f, mean, mean + 0.1f] };

    /// <summary>The default and one trial that is better by a gain, on images that differ much from each other in how the two compare.</summary>
    private static SearchScheduler Measure(float gain)
    {
        var scheduler = new SearchScheduler(SearchPolicy.RandomSearch, Sampler(), floor: null, mostTrials: 2);
        for (int split = 0; split < 3; split++)
        {
            scheduler.Add(TuningTrial.Default, 0, split, SyntheticTrials.Start, new TrialOutcome { Losses = [0.2f, 0.5f, 0.8f] }, 1);
            scheduler.Add(2, 0, split, SyntheticTrials.Start, new TrialOutcome { Losses = [0.1f - gain, 0.7f - gain, 0.7f - gain] }, 1);
        }
        return scheduler;
    }
}
