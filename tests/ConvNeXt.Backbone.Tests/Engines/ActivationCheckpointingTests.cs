using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Engines;

[TestClass]
[TestCategory("Slow")]
public sealed class ActivationCheckpointingTests
{
    // At this size two images go through a block of the first stage together.
    private const int Count = 7, Size = 512;

    private static readonly ConvNeXtConfig _v1 = new() { Name = "V1", Depths = [2, 1, 2, 1], Widths = [12, 20, 24, 40], ClassCount = 5, DropPathRate = 0.4f, LayerScaleInit = 0.3f };

    private static readonly ConvNeXtConfig[] _configs =
        [_v1, _v1 with { Name = "V2", LayerScaleInit = null, GlobalResponseNorm = true }, _v1 with { Name = "no layer scale", LayerScaleInit = null }];

    private static IEnumerable<object[]> Names => _configs.Select(config => new object[] { config.Name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Gradients_AreTheSameToTheBit_WithAndWithout(string name)
    {
        ConvNeXtConfig config = _configs.Single(entry => entry.Name == name);
        using ManagedTrainingEngine keeping = Create(config, Count, false), recomputing = Create(config, Count, true);
        TrainingBatch batch = Batch(config, Count);
        Assert.AreEqual(keeping.AccumulateGradients(batch), recomputing.AccumulateGradients(batch));
        WeightSet expected = keeping.ExportGradients(), actual = recomputing.ExportGradients();
        foreach (WeightTensor tensor in expected.Tensors) CollectionAssert.AreEqual(tensor.Values, actual[tensor.Name].Values, tensor.Name);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Gradients_OfImagesThatGoThroughInGroups_AreThoseOfTheImagesOneByOne(string name)
    {
        ConvNeXtConfig config = _configs.Single(entry => entry.Name == name);
        using ManagedTrainingEngine together = Create(config, Count, false), oneByOne = Create(config, 1, false);
        TrainingBatch batch = Batch(config, Count);
        together.AccumulateGradients(batch);
        int pixels = 3 * Size * Size, blocks = config.Depths.Sum();
        for (int image = 0; image < Count; image++)
        {
            int at = image;
            oneByOne.AccumulateGradients(new TrainingBatch
            {
                Images = batch.Images[(at * pixels)..((at + 1) * pixels)],
                Targets = batch.Targets[(at * config.ClassCount)..((at + 1) * config.ClassCount)],
                DropPathDraws = [.. Enumerable.Range(0, blocks).Select(block => batch.DropPathDraws![(block * Count) + at])],
                Count = 1,
                Height = Size,
                Width = Size,
                GradientScale = 1f / Count,
            });
        }
        WeightSet expected = oneByOne.ExportGradients(), actual = together.ExportGradients();
        foreach (WeightTensor tensor in expected.Tensors)
        {
            double largest = tensor.Values.Max(Math.Abs), error = tensor.Values.Zip(actual[tensor.Name].Values, (a, b) => Math.Abs((double)a - b)).Max();
            Assert.IsTrue(error <= 2e-5 * largest, $"{tensor.Name}: off by {error:e2} of {largest:e2}.");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Memory_IsLessThanHalf_WhereActivationsAreMostOfIt(string name)
    {
        ConvNeXtConfig config = _configs.Single(entry => entry.Name == name) with { Depths = [8, 3, 12, 3] };
        using ManagedTrainingEngine keeping = Create(config, 4 * Count, false), recomputing = Create(config, 4 * Count, true);
        Assert.IsTrue(recomputing.WorkspaceBytes < keeping.WorkspaceBytes / 2, $"{recomputing.WorkspaceBytes} bytes instead of {keeping.WorkspaceBytes}.");
    }

    private static ManagedTrainingEngine Create(ConvNeXtConfig config, int batchSize, bool checkpointing) => new(new TrainingEngineSettings
    {
        Config = config,
        Weights = EngineInputs.Weights(config),
        BatchSize = batchSize,
        Height = Size,
        Width = Size,
        Threads = 2,
        Rules = ParameterRules.Create(config, weightDecay: 0.05),
        ActivationCheckpointing = checkpointing,
    });

    private static TrainingBatch Batch(ConvNeXtConfig config, int count)
    {
        var random = new Random(11);
        var targets = new float[count * config.ClassCount];
        for (int image = 0; image < count; image++) targets[(image * config.ClassCount) + (image % config.ClassCount)] = 1;
        return new TrainingBatch
        {
            Images = EngineInputs.Pixels(count, Size, Size),
            Targets = targets,
            DropPathDraws = [.. Enumerable.Range(0, config.Depths.Sum() * count).Select(_ => random.NextSingle())],
            Count = count,
            Height = Size,
            Width = Size,
        };
    }
}
