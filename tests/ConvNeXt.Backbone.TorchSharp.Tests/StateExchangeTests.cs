using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Tests.Engines;

namespace ConvNeXt.Tests;

/// <summary>What one engine began another one ends.</summary>
[TestClass]
public sealed class StateExchangeTests
{
    private static readonly ConvNeXtConfig _config = new() { Depths = [1, 2, 1, 1], Widths = [8, 12, 16, 24], ClassCount = 6, DropPathRate = 0.2f };

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void AStateOfOneEngine_IsGoneOnWithByTheOther(bool managedFirst)
    {
        var settings = EnginePair.Settings(_config);
        using ITrainingEngine managed = new ManagedTrainingEngine(settings), torch = EnginePair.Torch(settings);
        var (first, second) = managedFirst ? (managed, torch) : (torch, managed);
        EnginePair.Train(first, 0);
        first.SetFrozen(new HashSet<string> { "norm.bias" });
        EnginePair.Train(first, 1);
        first.SetFrozen(new HashSet<string>());
        var state = first.ExportState();
        second.AccumulateGradients(EngineInputs.Batch(_config, 2)); // what the state makes it forget
        second.ImportState(state);
        AssertSame(state, second.ExportState());
        for (int step = 2; step < 5; step++) Assert.AreEqual(EnginePair.Train(first, step), EnginePair.Train(second, step), 1e-4, $"loss of step {step}");
        EnginePair.AssertClose(first.ExportWeights(), second.ExportWeights(), 1e-4, "weights");
        EnginePair.AssertClose(first.ExportWeights(average: true), second.ExportWeights(average: true), 1e-4, "average");
        Assert.AreEqual((4L, 5L), (second.ExportState().Steps["norm.bias"], second.ExportState().Steps["norm.weight"]));
    }

    [TestMethod]
    public void AState_WithoutTheAverageThatTheEngineHolds_IsRefused()
    {
        var settings = EnginePair.Settings(_config);
        using ITrainingEngine managed = new ManagedTrainingEngine(settings with { AverageDecay = null }), torch = EnginePair.Torch(settings);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => torch.ImportState(managed.ExportState())).Message, "no average");
    }

    private static void AssertSame(TrainingEngineState expected, TrainingEngineState actual)
    {
        var pairs = new[]
        {
            (expected.Weights, actual.Weights), (expected.FirstMoments, actual.FirstMoments), (expected.SecondMoments, actual.SecondMoments), (expected.Average!, actual.Average!),
        };
        foreach (var (one, other) in pairs)
            foreach (var tensor in one.Tensors) CollectionAssert.AreEqual(tensor.Values, other[tensor.Name].Values, tensor.Name);
        foreach (var (name, count) in expected.Steps) Assert.AreEqual(count, actual.Steps[name], name);
    }
}
