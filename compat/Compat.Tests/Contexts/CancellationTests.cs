using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Compat.Tests.Contexts;

/// <summary>Cancelling a context.</summary>
[TestClass]
public class CancellationTests
{
    [TestMethod]
    public void ACancelledContext_StopsItsComponents_TheirPartsAndThoseThatComeLater()
    {
        var context = new MLContext();
        var component = ((IHostEnvironment)context).Register("Component");
        var part = component.Register("Part");
        component.CheckAlive();
        part.CheckAlive();

        context.CancelExecution();
        Assert.ThrowsException<OperationCanceledException>(component.CheckAlive);
        Assert.ThrowsException<OperationCanceledException>(part.CheckAlive);
        Assert.ThrowsException<OperationCanceledException>(component.Register("Later part").CheckAlive);
        Assert.ThrowsException<OperationCanceledException>(((IHostEnvironment)context).Register("Later").CheckAlive);
    }

    [TestMethod]
    public void AnotherContext_IsNotCancelled()
    {
        new MLContext().CancelExecution();
        ((IHostEnvironment)new MLContext()).Register("Component").CheckAlive();
    }
}
