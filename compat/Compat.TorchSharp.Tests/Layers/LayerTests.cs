using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace Compat.TorchSharp.Tests.Layers;

[TestClass]
public class LayerTests
{
    [TestMethod]
    public void LayerNorm_NormalisesEachRow_ByItsBiasedVariance()
    {
        Tensor x = torch.tensor([1.0, 2, 3, 6, -1, -1, 1, 1], [2, 4]);
        Tensor y = functional.layer_norm(x, [4], torch.tensor([1.0, 2, 1, 1]), torch.tensor([0.0, 0, 10, 0]), 0.5);
        // Means 3 and 0, variances 14/4 and 1.
        double first = 1 / Math.Sqrt(3.5 + 0.5), second = 1 / Math.Sqrt(1.5);
        double[] expected = [-2 * first, -1 * first * 2, 10, 3 * first, -second, -second * 2, 10 + second, second];
        double[] actual = y.data<double>().ToArray();
        for (int i = 0; i < expected.Length; i++) Assert.AreEqual(expected[i], actual[i], 1e-14);
    }

    [TestMethod]
    [DataRow(0.0, 0.0)]
    [DataRow(0.5, 0.345731230637006552)]
    [DataRow(1.0, 0.841344746068542949)]
    [DataRow(-1.0, -0.158655253931457051)]
    [DataRow(3.0, 2.99595030590510972)]
    [DataRow(-3.0, -0.00404969409489028358)]
    [DataRow(3.6, 3.59942720907543297)]
    [DataRow(-6.0, -5.91952587022618884e-09)]
    [DataRow(-20.0, -5.50724823721246739e-88)]
    public void Gelu_IsXTimesTheNormalDistribution(double x, double expected)
    {
        double actual = functional.gelu(torch.tensor([x])).item<double>();
        Assert.AreEqual(expected, actual, Math.Max(Math.Abs(expected) * 1e-13, 1e-300));
    }

    [TestMethod]
    public void Linear_MultipliesByTheTransposedWeights_OverTheLastDimension()
    {
        Tensor x = torch.tensor([1.0, 2, 3, 4, 5, 6], [1, 3, 2]);
        Tensor y = functional.linear(x, torch.tensor([1.0, 0, 1, 1, 0, -1], [3, 2]), torch.tensor([0.5, 0, 0]));
        CollectionAssert.AreEqual(new long[] { 1, 3, 3 }, y.shape);
        CollectionAssert.AreEqual(new[] { 1.5, 3, -2, 3.5, 7, -4, 5.5, 11, -6 }, y.data<double>().ToArray());
    }

    [TestMethod]
    public void LogSoftmax_DoesNotOverflow()
    {
        double[] actual = functional.log_softmax(torch.tensor([1000.0, 1000, -1000]), 0).data<double>().ToArray();
        Assert.AreEqual(-Math.Log(2), actual[0], 1e-14);
        Assert.AreEqual(-2000 - Math.Log(2), actual[2], 1e-12);
    }

    [TestMethod]
    public void Matrices_OfOtherSizesOrTypes_AreRefused()
    {
        Assert.ThrowsExactly<System.Runtime.InteropServices.ExternalException>(() => torch.zeros([2, 3]).mm(torch.zeros([2, 3])));
        Assert.ThrowsExactly<System.Runtime.InteropServices.ExternalException>(() => torch.zeros([2, 3]).mm(torch.zeros([3, 2], torch.float64)));
    }
}
