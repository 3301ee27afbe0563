using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNet.Contract.Tests.Core;

/// <summary>The context: messages, hosts and their seeds, settings that components inherit.</summary>
[TestClass]
public class ContextTests
{
    [TestMethod]
    public void Messages_ReachTheLogWithTheirSourceAndKind()
    {
        var context = new MLContext();
        var log = new List<LoggingEventArgs>();
        context.Log += (_, e) => log.Add(e);

        var host = ((IHostEnvironment)context).Register("Component");
        using (var channel = host.Start("Work"))
            channel.Warning(MessageSensitivity.None, "{0} of {1}", 1, 2);

        var message = log.Single(e => e.Kind == ChannelMessageKind.Warning);
        Assert.AreEqual("1 of 2", message.RawMessage);
        Assert.AreEqual("Component; Work", message.Source);
        Assert.AreEqual("[Source=Component; Work, Kind=Warning] 1 of 2", message.Message);
        Assert.AreEqual("Channel started", log[0].RawMessage);
        Assert.AreEqual("Channel disposed", log[^1].RawMessage);
    }

    [TestMethod]
    public void OneSeed_DecidesOverEveryHost()
    {
        int[] first = Draw(new MLContext(seed: 7)), second = Draw(new MLContext(seed: 7)), other = Draw(new MLContext(seed: 8));
        CollectionAssert.AreEqual(first, second);
        CollectionAssert.AreNotEqual(first, other);
        Assert.AreNotEqual(first[0], first[2]);
    }

    [TestMethod]
    public void Cancellation_ReachesComponentsMadeBefore_AndAfter()
    {
        var context = new MLContext();
        IDataView rows = context.Data.LoadFromEnumerable([new { Name = "a" }]);
        var before = context.Transforms.Conversion.MapValueToKey("Name");
        before.Fit(rows);

        typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(context, null);

        Assert.ThrowsException<OperationCanceledException>(() => before.Fit(rows));
        Assert.ThrowsException<OperationCanceledException>(() => context.Transforms.Conversion.MapValueToKey("Name").Fit(rows));
    }

    [TestMethod]
    public void AHostWithItsOwnSeed_DoesNotDependOnTheContext()
    {
        var first = ((IHostEnvironment)new MLContext(seed: 7)).Register("A", seed: 3);
        var second = ((IHostEnvironment)new MLContext(seed: 8)).Register("B", seed: 3);
        Assert.AreEqual(first.Rand.Next(), second.Rand.Next());
    }

    [TestMethod]
    public void Settings_AreTheContexts()
    {
        var context = new MLContext();
        Assert.IsNull(context.GpuDeviceId);
        Assert.IsFalse(context.FallbackToCpu);
        Assert.AreEqual(Path.GetTempPath(), context.TempFilePath);
        (context.GpuDeviceId, context.FallbackToCpu) = (1, true);
        Assert.AreEqual(1, context.GpuDeviceId);
        Assert.IsTrue(context.FallbackToCpu);
    }

    [TestMethod]
    public void Progress_TakesNoMoreValuesThanItsHeaderNames()
    {
        using var progress = ((IHostEnvironment)new MLContext()).StartProgressChannel("Training");
        progress.SetHeader(new ProgressHeader(["Loss"], ["images"]), _ => { });
        progress.Checkpoint(0.5, 10, 100);
        progress.Checkpoint(0.5);
        Assert.ThrowsException<InvalidOperationException>(() => progress.Checkpoint(0.5, 10, 100, 1));
    }

    private static int[] Draw(MLContext context)
    {
        IHostEnvironment environment = context;
        var first = environment.Register("A");
        var second = environment.Register("B");
        return [first.Rand.Next(), first.Rand.Next(), second.Rand.Next(), first.Register("C").Rand.Next()];
    }
}
