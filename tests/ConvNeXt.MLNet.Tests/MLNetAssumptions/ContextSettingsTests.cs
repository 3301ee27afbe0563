using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.Tests.MLNetAssumptions;

/// <summary>A host has its context's settings; else Engines/EngineChoice.cs takes no GPU, and ConvNeXtTrainer.cs writes to the wrong folder.</summary>
[TestClass]
public sealed class ContextSettingsTests
{
    [TestMethod]
    public void AHost_HasTheSettingsThatItsContextHadWhenItWasRegistered()
    {
        var context = new MLContext();
        var early = (IHostEnvironmentInternal)Register(context, "Early");
        (context.GpuDeviceId, context.FallbackToCpu, context.TempFilePath) = (2, true, "elsewhere");
        var late = (IHostEnvironmentInternal)Register(context, "Late");

        Assert.AreEqual((null, false, Path.GetTempPath()), (early.GpuDeviceId, early.FallbackToCpu, early.TempFilePath));
        Assert.AreEqual((2, true, "elsewhere"), (late.GpuDeviceId, late.FallbackToCpu, late.TempFilePath));
    }

    /// <summary>Through a catalog, as a trainer is registered. The host of another host would not get TempFilePath.</summary>
    private static IHost Register(MLContext context, string name) => context.MulticlassClassification.Trainers.GetEnvironment().Register(name);
}
