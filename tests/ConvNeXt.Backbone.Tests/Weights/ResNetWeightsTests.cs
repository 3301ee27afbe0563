using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Architecture.Roadmap;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Naming;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Tests.Weights;

/// <summary>Weights of ResNets with the names of torchvision and timm.</summary>
[TestClass]
public sealed class ResNetWeightsTests
{
    private static readonly RoadmapSize _narrow = RoadmapSize.Tiny.Narrowed(16);
    private static readonly ConvNeXtConfig _config = Roadmap.Steps(RoadmapRegime.ResNet50, _narrow, classes: 5)[0].Network;

    [TestMethod]
    public void NamesAndShapesOfResNet50And200_AreThoseOfTorchvisionAndTimm()
    {
        foreach (ConvNeXtConfig config in new[] { Roadmap.ResNet50, Roadmap.ResNet200 })
        {
            var expected = TorchvisionResNetFile.Tensors([.. config.Depths], 64, 1000)
                .Select(tensor => $"{ResNetNames.OfficialName(tensor.Name)} {string.Join(',', tensor.Shape)}");
            var actual = ParameterTable.Of(config).Select(parameter => $"{parameter.Name} {string.Join(',', parameter.Shape)}");
            CollectionAssert.AreEqual(expected.ToArray(), actual.ToArray(), config.Name);
        }
        Assert.AreEqual("stages.2.5.shortcut.1.running_mean", ResNetNames.OfficialName("layer3.5.downsample.1.running_mean"));
        Assert.AreEqual("layer5.0.conv1.weight", ResNetNames.OfficialName("layer5.0.conv1.weight"));
    }

    [TestMethod]
    public void Read_OfAFileWithBatchCounters_HasEveryValueUnderItsName()
    {
        string path = Path.Combine(TestFolders.CreateTemporary(), "resnet.safetensors");
        var random = new Random(1);
        var tensors = WithValues([.. _config.Depths], random.NextSingle);
        TorchvisionResNetFile.Write(path, tensors);
        WeightSet weights = ResNetWeights.Read(path, _config);
        Assert.HasCount(tensors.Length, weights.Tensors);
        foreach (var (name, _, values) in tensors) CollectionAssert.AreEqual(values, weights[ResNetNames.OfficialName(name)].Values, name);
    }

    [TestMethod]
    public void Read_OfAFileOfThisLibrary_ReadsItsNames()
    {
        string path = Path.Combine(TestFolders.CreateTemporary(), "own.safetensors");
        WeightSet expected = WeightInitializer.Create(_config, seed: 3);
        SafetensorsWriter.Write(path, expected);
        WeightSet read = ResNetWeights.Read(path, _config);
        foreach (WeightTensor tensor in expected.Tensors) CollectionAssert.AreEqual(tensor.Values, read[tensor.Name].Values, tensor.Name);
    }

    [TestMethod]
    public void Read_OfAnotherNetwork_ListsWhatDoesNotFit()
    {
        string path = Path.Combine(TestFolders.CreateTemporary(), "other.safetensors");
        TorchvisionResNetFile.Write(path, WithValues([3, 4, 23, 3], () => 0));
        var e = Assert.ThrowsExactly<WeightMismatchException>(() => ResNetWeights.Read(path, _config));
        StringAssert.Contains(e.Message, "other.safetensors");
        Assert.IsTrue(e.Problems.Any(problem => problem.Contains("stages.2.6.conv1.weight", StringComparison.Ordinal)), e.Message);
    }

    [TestMethod]
    public void Read_OfTwoNamesOfOneTensor_IsRefused()
    {
        string path = Path.Combine(TestFolders.CreateTemporary(), "twice.safetensors");
        WeightSet weights = WeightInitializer.Create(_config, seed: 3);
        weights.Add(weights["head.bias"] with { Name = "fc.bias" });
        SafetensorsWriter.Write(path, weights);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => ResNetWeights.Read(path, _config)).Message, "fc.bias");
    }

    private static (string Name, int[] Shape, float[] Values)[] WithValues(int[] depths, Func<float> next) =>
    [
        .. from tensor in TorchvisionResNetFile.Tensors(depths, _narrow.FirstWidth, 5)
           let count = tensor.Shape.Aggregate(1, (product, size) => product * size)
           select (tensor.Name, tensor.Shape, Enumerable.Range(0, count).Select(_ => next()).ToArray()),
    ];
}
