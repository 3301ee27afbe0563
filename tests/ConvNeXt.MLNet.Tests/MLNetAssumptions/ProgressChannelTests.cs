using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.Tests.MLNetAssumptions;

/// <summary>A progress channel takes the values that its header names; else Training/TrainingReport.cs and Weights/WeightsLoader.cs fail.</summary>
[TestClass]
public sealed class ProgressChannelTests
{
    [TestMethod]
    public void Checkpoint_TakesMetricsThenProgress_AndNoMoreThanTheHeaderNames()
    {
        using IProgressChannel progress = ((IHostEnvironment)new MLContext()).StartProgressChannel("Training");
        progress.SetHeader(new ProgressHeader(["loss", "accuracy"], ["epochs", "steps"]), _ => { });
        progress.Checkpoint(0.5, 0.25, 3);
        progress.Checkpoint(0.5, 0.25, 3, 4, 10, 20); // each unit of progress may have its limit behind them
        Assert.ThrowsExactly<InvalidOperationException>(() => progress.Checkpoint(0.5, 0.25, 3, 4, 10, 20, 30));
    }
}
