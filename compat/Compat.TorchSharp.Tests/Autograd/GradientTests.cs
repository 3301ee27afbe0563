using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Compat.TorchSharp.Tests.Autograd;

[TestClass]
public class GradientTests
{
    public static IEnumerable<object[]> Operations => DifferentiableOperation.All.Select(operation => new object[] { operation.Name });

    [TestMethod]
    [DynamicData(nameof(Operations))]
    public void Gradients_AreFiniteDifferences(string name)
    {
        DifferentiableOperation operation = Find(name);
        var random = new RandomTensors(7);
        Tensor[] inputs = [.. operation.Shapes.Select(shape => random.Uniform(shape, operation.Least, operation.Most))];
        GradientCheck.Run(operation.Function, inputs);
    }

    [TestMethod]
    [DynamicData(nameof(Operations))]
    public void Gradients_AreTheSame_WhereInputsAreScatteredInMemory(string name)
    {
        DifferentiableOperation operation = Find(name);
        if (name == "view") return; // a view of scattered memory is refused; see ViewTests
        var random = new RandomTensors(8);
        Tensor[] scattered = [.. operation.Shapes.Select(shape => random.Scattered(shape, operation.Least, operation.Most))];
        Tensor[] dense = [.. scattered.Select(x => x.clone().contiguous())];
        double[][] expected = Gradients(operation, dense), actual = Gradients(operation, scattered);
        for (int i = 0; i < expected.Length; i++)
            for (int j = 0; j < expected[i].Length; j++) Assert.AreEqual(expected[i][j], actual[i][j], 1e-12, $"input {i}, element {j}");
    }

    private static double[][] Gradients(DifferentiableOperation operation, Tensor[] inputs)
    {
        foreach (Tensor input in inputs) input.requires_grad_();
        Tensor result = operation.Function(inputs);
        result.mul(new RandomTensors(3).Uniform(result.shape)).sum().backward();
        return [.. inputs.Select(x => x.grad?.data<double>().ToArray() ?? [])];
    }

    private static DifferentiableOperation Find(string name) => DifferentiableOperation.All.Single(operation => operation.Name == name);
}
