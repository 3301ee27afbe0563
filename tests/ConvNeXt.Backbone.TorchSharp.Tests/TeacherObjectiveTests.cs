using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.TorchSharp.Devices;
using ConvNeXt.Tests.Engines;

namespace ConvNeXt.Tests;

/// <summary>Learning from a teacher in the TorchSharp engine: finite differences, and the managed engine's results.</summary>
[TestClass]
public sealed class TeacherObjectiveTests
{
    [TestMethod]
    [DataRow(false, DisplayName = "probabilities")]
    [DataRow(true, DisplayName = "probabilities and maps")]
    public void Gradients_AreTheSlopesOfTheLoss(bool withFeatures)
    {
        using var lessons = new TeacherLessons(EngineInputs.Settings(TeacherLessons.Config), withFeatures);
        using var engine = EnginePair.Torch(lessons.Settings);
        lessons.AssertGradientsAreSlopes(engine);
    }

    [TestMethod]
    [DataRow(false, false, DisplayName = "probabilities")]
    [DataRow(true, false, DisplayName = "probabilities and maps")]
    [DataRow(true, true, DisplayName = "probabilities and maps, two stages frozen")]
    public void LossAndGradients_EqualTheManagedEngines(bool withFeatures, bool freezes)
    {
        var settings = EngineInputs.Settings(TeacherLessons.Config);
        using TeacherLessons ofManaged = new(settings, withFeatures), ofTorch = new(settings, withFeatures);
        using var managed = new ManagedTrainingEngine(settings);
        using var torch = EnginePair.Torch(settings);
        if (freezes)
        {
            var frozen = settings.Weights.Tensors.Select(tensor => tensor.Name).Where(IsLow).ToHashSet();
            managed.SetFrozen(frozen);
            torch.SetFrozen(frozen);
        }

        Assert.AreEqual(ofManaged.Learn(managed), ofTorch.Learn(torch), 1e-5);
        EnginePair.AssertClose(managed.ExportGradients(), torch.ExportGradients(), 1e-4, "gradients");
        if (withFeatures) EnginePair.AssertClose(ofManaged.ProjectionGradients, ofTorch.ProjectionGradients, 1e-4, "gradients of projections");

        static bool IsLow(string name) => name.StartsWith("stages.0.", StringComparison.Ordinal) || name.StartsWith("stages.1.", StringComparison.Ordinal)
            || name.StartsWith("downsample_layers.0.", StringComparison.Ordinal) || name.StartsWith("downsample_layers.1.", StringComparison.Ordinal)
            || name.StartsWith("stem.", StringComparison.Ordinal);
    }

    [TestMethod]
    public void ABatchThatDoesNotFit_IsComputedInParts_WithTheSameResult()
    {
        var settings = EngineInputs.Settings(TeacherLessons.Config);
        using TeacherLessons whole = new(settings, withFeatures: false), inParts = new(settings, withFeatures: false);
        using var managed = new ManagedTrainingEngine(settings);
        var devices = new SimulatedDevices { FittingImages = 2 };
        using var torch = new TorchTrainingEngine(settings, new DeviceOptions { SelfCheck = false }, devices);
        Assert.AreEqual(whole.Learn(managed), inParts.Learn(torch), 1e-5);
        EnginePair.AssertClose(managed.ExportGradients(), torch.ExportGradients(), 1e-4, "gradients");
        Assert.IsTrue(devices.Parts.Count > 2, "it was computed in parts");
    }

    [TestMethod]
    public void ABatchWithFeatureMaps_IsNotComputedInParts_AndTheErrorNamesASizeThatFits()
    {
        var settings = EngineInputs.Settings(TeacherLessons.Config);
        using var lessons = new TeacherLessons(settings, withFeatures: true);
        using var torch = new TorchTrainingEngine(settings, new DeviceOptions { SelfCheck = false }, new SimulatedDevices { FittingImages = 2 });
        var error = Assert.ThrowsExactly<DeviceMemoryException>(() => lessons.Learn(torch));
        StringAssert.Contains(error.Message, "5");
    }
}
