using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Architecture.Roadmap;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.TorchSharp.Roadmap;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Naming;
using ConvNeXt.Tests.Engines;
using ConvNeXt.Tests.Weights;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Tests.Roadmaps;

/// <summary>ResNet-50 and ResNet-200 beside torchvision's network from libtorch's modules, with random weights that go through a file of its names.</summary>
[TestClass]
public sealed class ResNetParityTests
{
    private const int Images = 4, Side = 48, Classes = 5;
    private const string Counter = "num_batches_tracked";

    [TestMethod]
    public void ResNet50AndResNet200_HaveTheParametersOfTheBuiltModule()
    {
        foreach (var (config, expected) in new[] { (Roadmap.ResNet50, 25_557_032), (Roadmap.ResNet200, 64_673_832) })
        {
            using var module = new TorchvisionResNet([.. config.Depths], 64, 1000);
            Assert.AreEqual(expected, module.parameters().Sum(parameter => parameter.numel()));
            Assert.AreEqual(expected, NetworkCost.Parameters(config));
        }
    }

    [TestMethod]
    [DataRow(RoadmapRegime.ResNet50)]
    [DataRow(RoadmapRegime.ResNet200)]
    public void Scores_AreThoseOfTorchvisionsNetwork(object regime)
    {
        using var scope = torch.NewDisposeScope();
        var (config, module, weights) = Create((RoadmapRegime)regime);
        using var owned = module;
        using var engine = EnginePair.Torch(EngineInputs.Settings(config) with { Weights = weights });
        float[] pixels = EngineInputs.Pixels(Images, Side, Side), scores = new float[Images * Classes];
        engine.Score(pixels, Images, Side, Side, scores);
        module.eval();
        Tensor expected = module.call(torch.tensor(pixels, [Images, Side, Side, 3]).permute(0, 3, 1, 2).contiguous());
        AssertClose(expected, torch.tensor(scores, [Images, Classes]), 1e-4, "logits");
    }

    [TestMethod]
    [DataRow(RoadmapRegime.ResNet50)]
    [DataRow(RoadmapRegime.ResNet200)]
    public void TrainingLogitsGradientsAndStatistics_AreThoseOfTorchvisionsNetwork_InFloat64(object regime)
    {
        using var scope = torch.NewDisposeScope();
        var (config, module, weights) = Create((RoadmapRegime)regime);
        using var owned = module.to(torch.float64);
        module.train();
        var parameters = weights.Tensors.ToDictionary(
            tensor => tensor.Name, tensor => torch.tensor(tensor.Values, [.. tensor.Shape.Select(size => (long)size)]).to(torch.float64));
        string[] trained = [.. ParameterTable.Of(config).Where(parameter => !parameter.IsStatistic).Select(parameter => parameter.Name)];
        foreach (string name in trained) parameters[name].requires_grad = true;
        Tensor images = torch.tensor(EngineInputs.Pixels(Images, Side, Side), [Images, Side, Side, 3]).to(torch.float64);
        Tensor factors = torch.arange(Images * Classes, dtype: torch.float64).sin().view(Images, Classes);

        Tensor expected = module.call(images.permute(0, 3, 1, 2).contiguous());
        expected.mul(factors).sum().backward();
        using var statistics = new RunningStatistics();
        var options = new ForwardOptions { Body = torch.float64, Stream = torch.float64 };
        Tensor logits = new PlanForward(config, name => parameters[name], options, statistics).Logits(images);
        logits.mul(factors).sum().backward();
        statistics.Apply();

        AssertClose(expected, logits, 1e-9, "logits");
        foreach (var (name, parameter) in module.named_parameters()) AssertClose(parameter.grad!, parameters[ResNetNames.OfficialName(name)].grad!, 1e-7, name);
        foreach (var (name, buffer) in module.named_buffers())
            if (!name.EndsWith(Counter, StringComparison.Ordinal)) AssertClose(buffer, parameters[ResNetNames.OfficialName(name)], 1e-9, name);
    }

    private static (ConvNeXtConfig Config, TorchvisionResNet Module, WeightSet Weights) Create(RoadmapRegime regime)
    {
        RoadmapSize narrow = (regime == RoadmapRegime.ResNet50 ? RoadmapSize.Tiny : RoadmapSize.Base).Narrowed(4);
        ConvNeXtConfig config = Roadmap.Steps(regime, narrow, Classes)[0].Network;
        var module = new TorchvisionResNet([.. config.Depths], narrow.FirstWidth, Classes);
        return (config, module, Randomize(module, config));
    }

    // Weights with visible values, written as torchvision would and read by the library.
    private static WeightSet Randomize(TorchvisionResNet module, ConvNeXtConfig config)
    {
        using var noGradient = torch.no_grad();
        var random = new Random(4);
        var tensors = new List<(string Name, int[] Shape, float[] Values)>();
        foreach (var (name, tensor) in module.state_dict())
        {
            if (name.EndsWith(Counter, StringComparison.Ordinal)) continue;
            int[] shape = [.. tensor.shape.Select(size => (int)size)];
            float scale = shape.Length == 1 ? 0.3f : 1.7f / MathF.Sqrt(shape[1..].Aggregate(1, (a, b) => a * b));
            bool isAroundZero = name.EndsWith("bias", StringComparison.Ordinal) || name.EndsWith("running_mean", StringComparison.Ordinal);
            float middle = shape.Length == 1 && !isAroundZero ? 1 : 0;
            float[] values = [.. Enumerable.Range(0, (int)tensor.numel()).Select(_ => middle + (scale * ((2 * random.NextSingle()) - 1)))];
            tensor.copy_(torch.tensor(values, tensor.shape));
            tensors.Add((name, shape, values));
        }
        string path = Path.Combine(TestFolders.CreateTemporary(), "resnet.safetensors");
        TorchvisionResNetFile.Write(path, tensors);
        return ResNetWeights.Read(path, config);
    }

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance, string what)
    {
        double distance = expected.sub(actual).norm().to(torch.float64).item<double>() / Math.Max(expected.norm().to(torch.float64).item<double>(), 1e-30);
        Assert.IsLessThanOrEqualTo(tolerance, distance, $"{what}: the relative difference");
    }
}
