using System.Runtime.InteropServices;
using TorchSharp;
using ScalarType = TorchSharp.torch.ScalarType;
using Tensor = TorchSharp.torch.Tensor;

namespace Compat.TorchSharp.Tests.Tensors;

[TestClass]
public class ElementTypeTests
{
    [TestMethod]
    [DataRow(1f, 0x3F80)]
    [DataRow(1.00390625f, 0x3F80, DisplayName = "halfway: to the even neighbour below")]
    [DataRow(1.01171875f, 0x3F82, DisplayName = "halfway: to the even neighbour above")]
    [DataRow(1.0039064f, 0x3F81, DisplayName = "above halfway")]
    [DataRow(-3.1415927f, 0xC049)]
    [DataRow(float.MaxValue, 0x7F80, DisplayName = "beyond the largest: infinity")]
    [DataRow(float.NaN, 0x7FC0)]
    public void BFloat16_RoundsToNearest(float value, int bits)
    {
        Tensor x = torch.tensor([value]).bfloat16();
        Assert.AreEqual((ushort)bits, MemoryMarshal.Cast<byte, ushort>(x.bytes)[0]);
        Assert.AreEqual(2, x.bytes.Length);
    }

    [TestMethod]
    public void BFloat16_ComputesInFloat32_AndRoundsTheResult()
    {
        Tensor x = torch.tensor([1f, 3f]).bfloat16();
        // 1 + 1/512 is lost in the sum as it is stored, not before it is stored.
        Assert.AreEqual(1f, x.add(0.001953125).@float().data<float>().ToArray()[0]);
        Assert.AreEqual(ScalarType.BFloat16, x.mul(0.1).dtype);
        Assert.AreEqual(0.30078125f, x.mul(0.1).@float().data<float>().ToArray()[1]);
        Assert.AreEqual(4f, x.sum(ScalarType.Float32).item<float>());
    }

    [TestMethod]
    public void TypesOfResults_FollowTensorsBeforeNumbers()
    {
        Tensor single = torch.ones([2]), half = single.bfloat16();
        Assert.AreEqual(ScalarType.Float32, (single + half).dtype);
        Assert.AreEqual(ScalarType.Float32, (single * 2.0).dtype);
        Assert.AreEqual(ScalarType.Float32, (single * torch.ones([], torch.float64)).dtype);
        Assert.AreEqual(ScalarType.Float64, (single * torch.ones([2], torch.float64)).dtype);
        Assert.AreEqual(ScalarType.Float32, (torch.ones([]) * 2.0).dtype);
    }

    [TestMethod]
    public void Values_OfAnotherTypeOrSize_AreRefused()
    {
        Tensor x = torch.zeros([3]);
        Assert.ThrowsExactly<ArgumentException>(() => x.data<double>());
        Assert.ThrowsExactly<ArgumentException>(() => x.item<float>());
        Assert.ThrowsExactly<ArgumentException>(() => torch.tensor(new float[5], [2, 3]));
        Assert.ThrowsExactly<ExternalException>(() => x.add(torch.zeros([2])));
        Assert.ThrowsExactly<ExternalException>(() => torch.zeros([-1]));
    }
}
