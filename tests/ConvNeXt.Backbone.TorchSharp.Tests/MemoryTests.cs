using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Tests.Engines;
using TorchSharp;

namespace ConvNeXt.Tests;

/// <summary>A tensor holds memory of a device until it is disposed; whatever a call takes it gives back.</summary>
[TestClass]
[DoNotParallelize]
public sealed class MemoryTests
{
    private static readonly ConvNeXtConfig _config = new() { Depths = [1, 1, 1, 1], Widths = [8, 12, 16, 24], ClassCount = 6, GlobalResponseNorm = true, DropPathRate = 0.2f };

    /// <summary>The count is the process's: tensors that earlier tests left to the finalizer must be gone before it is read.</summary>
    [TestInitialize]
    public void FinishEarlierTests()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [TestMethod]
    [DataRow(ComputePrecision.Single)]
    [DataRow(ComputePrecision.BFloat16)]
    public void TheNumberOfTensors_StaysTheSame_HoweverManyBatchesAreScored(ComputePrecision precision)
    {
        long before = torch.Tensor.TotalCount, held;
        using (var engine = new TorchScoringEngine(_config, EngineInputs.Weights(_config), new DeviceOptions { Precision = precision }))
        {
            var images = EngineInputs.Pixels(2, 32, 32);
            var results = new float[2 * 24 * 64];
            held = torch.Tensor.TotalCount;
            for (int i = 0; i < 5; i++)
            {
                engine.Score(images, 2, 32, 32, results);
                engine.Featurize(images, 2, 32, 32, results);
                engine.FeatureMap(images, 2, 32, 32, 0, results);
                Assert.AreEqual(held, torch.Tensor.TotalCount);
            }
        }

        Assert.IsTrue(held > before);
        Assert.AreEqual(before, torch.Tensor.TotalCount);
    }

    [TestMethod]
    [DataRow(ComputePrecision.Single)]
    [DataRow(ComputePrecision.BFloat16)]
    public void TheNumberOfTensors_StaysTheSame_HoweverManyStepsAreTrained_AndWhereOneIsAbandoned(ComputePrecision precision)
    {
        long before = torch.Tensor.TotalCount;
        using (var engine = EnginePair.Torch(EnginePair.Settings(_config), new DeviceOptions { Precision = precision }))
        {
            long held = torch.Tensor.TotalCount;
            for (int step = 0; step < 3; step++)
            {
                EnginePair.Train(engine, step);
                Assert.AreEqual(held, torch.Tensor.TotalCount, $"step {step}");
            }

            int calls = 0;
            Assert.ThrowsExactly<OperationCanceledException>(() => engine.AccumulateGradients(EngineInputs.Batch(_config, 2), () =>
            {
                if (++calls == 3) throw new OperationCanceledException();
            }));
            Assert.AreEqual(held, torch.Tensor.TotalCount, "An abandoned step left tensors behind.");
            Assert.IsTrue(engine.ExportGradients().Tensors.All(tensor => tensor.Values.All(value => value == 0)));
            var images = EngineInputs.Pixels(1, 32, 32);
            engine.Score(images, 1, 32, 32, new float[6], average: true);
            engine.ImportState(engine.ExportState());
            engine.SetFrozen(new HashSet<string> { "head.bias" });
            Assert.AreEqual(held, torch.Tensor.TotalCount);
        }

        Assert.AreEqual(before, torch.Tensor.TotalCount);
    }
}
