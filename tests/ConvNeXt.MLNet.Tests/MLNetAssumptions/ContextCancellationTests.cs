using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.Tests.MLNetAssumptions;

/// <summary>Canceling a context reaches its hosts; else ConvNeXtTrainer.cs, Scoring/ImageVectorTransformer.cs and Weights/WeightsLoader.cs run on.</summary>
[TestClass]
public sealed class ContextCancellationTests
{
    [TestMethod]
    public void CancelExecution_ReachesHosts_RegisteredBeforeAndAfter()
    {
        var context = new MLContext();
        IHost before = ((IHostEnvironment)context).Register("Before"), inner = before.Register("Inner");
        Assert.IsFalse(((ICancelable)before).IsCanceled);
        before.CheckAlive();

        context.CancelExecution();

        foreach (IHost host in new[] { before, inner, ((IHostEnvironment)context).Register("After") })
        {
            Assert.IsTrue(((ICancelable)host).IsCanceled);
            Assert.ThrowsExactly<OperationCanceledException>(host.CheckAlive);
        }
    }
}
