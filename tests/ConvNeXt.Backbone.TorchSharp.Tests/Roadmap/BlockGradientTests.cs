using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.TorchSharp.Roadmap;
using ConvNeXt.Tests.Engines;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Tests.Roadmaps;

/// <summary>Gradients of every kind of block, in training with the statistics of the batch, against finite differences in float64.</summary>
[TestClass]
public sealed class BlockGradientTests
{
    private const int Images = 3, Side = 32;
    private const double Change = 1e-7, Tolerance = 1e-5;

    private static IEnumerable<object[]> Networks => RoadmapNetworks.Names;

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Gradients_AreFiniteDifferences(string key)
    {
        using var scope = torch.NewDisposeScope();
        ConvNeXtConfig config = RoadmapNetworks.Get(key);
        var parameters = EngineInputs.Weights(config).Tensors.ToDictionary(
            tensor => tensor.Name, tensor => torch.tensor(tensor.Values, [.. tensor.Shape.Select(size => (long)size)]).to(torch.float64));
        string[] trained = [.. ParameterTable.Of(config).Where(parameter => !parameter.IsStatistic).Select(parameter => parameter.Name)];
        foreach (string name in trained) parameters[name].requires_grad = true;
        Tensor images = torch.tensor(EngineInputs.Pixels(Images, Side, Side), [Images, Side, Side, 3]).to(torch.float64);
        Tensor factors = Random(Images, config.ClassCount);
        Tensor keep = Random(config.Depths.Sum(), Images).abs();

        var gradients = torch.autograd.grad([Loss()], [.. trained.Select(name => parameters[name])])
            .Zip(trained).ToDictionary(pair => pair.Second, pair => pair.First);
        foreach (var group in trained.GroupBy(GroupOf))
        {
            var directions = group.ToDictionary(name => name, name => Random(parameters[name].shape));
            double expected = (Moved(Change) - Moved(-Change)) / (2 * Change);
            double actual = group.Sum(name => gradients[name].mul(directions[name]).sum().item<double>());
            Assert.AreEqual(expected, actual, Tolerance * Math.Max(1, Math.Abs(expected)), $"{key}: {group.Key}");

            double Moved(double step)
            {
                using var noGradient = torch.no_grad();
                using Scalar forth = step, back = -step;
                foreach (string name in group) parameters[name].add_(directions[name], forth);
                double loss = Loss().item<double>();
                foreach (string name in group) parameters[name].add_(directions[name], back);
                return loss;
            }
        }

        Tensor Loss()
        {
            using var statistics = new RunningStatistics();
            var options = new ForwardOptions { Body = torch.ScalarType.Float64, Stream = torch.ScalarType.Float64, Keep = keep };
            return new PlanForward(config, name => parameters[name], options, statistics).Logits(images).mul(factors).sum();
        }
    }

    // The tensors of a block that begins a stage, of the stem and of downsampling one by one, all others together.
    private static string GroupOf(string name) =>
        name.StartsWith("stages.1.0.", StringComparison.Ordinal) || name.StartsWith("downsample_layers", StringComparison.Ordinal) ? name : "others";

    private static Tensor Random(params long[] shape)
    {
        var random = new Random(11);
        return torch.tensor(Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (2 * random.NextDouble()) - 1).ToArray(), shape);
    }
}
