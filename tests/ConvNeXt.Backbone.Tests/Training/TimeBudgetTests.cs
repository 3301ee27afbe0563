using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Loop;

namespace ConvNeXt.Tests.Training;

[TestClass]
public sealed class TimeBudgetTests
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(100);

    [TestMethod]
    public void Steps_FillTheTimeAtThePaceThatIsMeasured()
    {
        var budget = new TimeBudget(Time);
        Assert.IsNull(budget.Plan(TimeSpan.FromSeconds(1.9), 19, TimeSpan.Zero), "too early to tell");
        Assert.AreEqual(1000, budget.Plan(TimeSpan.FromSeconds(2), 20, TimeSpan.Zero));
        Assert.IsNull(budget.Plan(TimeSpan.FromSeconds(2.1), 21, TimeSpan.Zero), "it is planned");
        Assert.AreEqual(500, budget.Plan(TimeSpan.FromSeconds(10), 50, TimeSpan.Zero), "it turned out to be slower");
        Assert.AreEqual(150 + 300, budget.Plan(TimeSpan.FromSeconds(30), 150, TimeSpan.FromSeconds(10)), "ten seconds are for the evaluation");
    }

    [TestMethod]
    public void TimeBeforeTheFirstStep_Counts_ButNotAsTimeOfSteps()
    {
        var budget = new TimeBudget(Time, TimeSpan.FromSeconds(50));
        Assert.IsNull(budget.Plan(TimeSpan.FromSeconds(50.9), 9, TimeSpan.Zero));
        Assert.AreEqual(10 + 490, budget.Plan(TimeSpan.FromSeconds(51), 10, TimeSpan.Zero), "49 seconds are left, of ten steps each");
    }

    [TestMethod]
    public void AResumedRun_PlansTheTimeThatIsLeft_AtItsOwnPace()
    {
        var budget = new TimeBudget(Time, TimeSpan.FromSeconds(60), 600);
        Assert.AreEqual(602 + 78, budget.Plan(TimeSpan.FromSeconds(61), 602, TimeSpan.Zero), "this machine takes half a second a step");
        Assert.AreEqual(601, new TimeBudget(Time, TimeSpan.FromSeconds(130), 600).Plan(TimeSpan.FromSeconds(131), 601, TimeSpan.Zero), "the time is over");
    }

    [TestMethod]
    public void AStepThatTakesLongerThanTheTime_IsTheLast()
    {
        var budget = new TimeBudget(Time);
        Assert.AreEqual(1, budget.Plan(TimeSpan.FromSeconds(300), 1, TimeSpan.Zero));
        Assert.IsNull(budget.Plan(TimeSpan.FromSeconds(600), 2, TimeSpan.Zero));
    }

    [TestMethod]
    public void APlanOfFewerSteps_EndsWithinAnEpoch_WhichIsEvaluated()
    {
        var options = new TrainingOptions { Epochs = 5, WarmupEpochs = 0, BatchSize = 4, EvaluateEveryEpochs = 5 };
        var plan = new BatchPlan([.. Enumerable.Range(0, 10)], [.. Enumerable.Range(0, 5)], options, [], totalSteps: 4);
        Assert.AreEqual((2, 4, 15), (plan.Epochs, plan.TotalSteps, plan.MostSteps));
        Assert.AreEqual((3, 1), (plan.StepsOf(0), plan.StepsOf(1)));
        CollectionAssert.AreEqual(
            new[] { false, false, false, false, true, true }, Enumerable.Range(0, plan.Count).Select(number => plan[number].IsValidation).ToArray());
        Assert.AreEqual(4, plan.NumberOf(1, 1), "the first batch of the evaluation");
        Assert.AreEqual(15, new BatchPlan([.. Enumerable.Range(0, 10)], [], options, [], totalSteps: 99).TotalSteps, "never more than the epochs that were asked for");
    }
}
