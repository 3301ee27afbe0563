using System.Runtime.InteropServices;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Compat.TorchSharp.Tests.Tensors;

[TestClass]
public class ViewTests
{
    [TestMethod]
    public void Views_ShareMemory_CopiesDoNot()
    {
        Tensor x = torch.tensor([0.0, 1, 2, 3, 4, 5], [2, 3]);
        Tensor row = x.narrow(0, 1, 1), column = x.narrow(1, 2, 1), flat = x.view(-1), copy = x.clone();
        x.mul_(10);
        CollectionAssert.AreEqual(new double[] { 30, 40, 50 }, row.data<double>().ToArray());
        CollectionAssert.AreEqual(new double[] { 20, 50 }, column.data<double>().ToArray());
        CollectionAssert.AreEqual(new double[] { 0, 10, 20, 30, 40, 50 }, flat.data<double>().ToArray());
        CollectionAssert.AreEqual(new double[] { 0, 1, 2, 3, 4, 5 }, copy.data<double>().ToArray());
        column.copy_(torch.tensor([-1.0]));
        CollectionAssert.AreEqual(new double[] { 0, 10, -1, 30, 40, -1 }, flat.data<double>().ToArray());
    }

    [TestMethod]
    public void Permute_ReordersDimensions_WithoutMovingElements()
    {
        Tensor x = torch.tensor([0.0, 1, 2, 3, 4, 5], [1, 2, 3]).permute(2, 0, 1);
        CollectionAssert.AreEqual(new long[] { 3, 1, 2 }, x.shape);
        CollectionAssert.AreEqual(new long[] { 1, 6, 3 }, x.stride());
        Assert.IsFalse(x.is_contiguous());
        CollectionAssert.AreEqual(new double[] { 0, 3, 1, 4, 2, 5 }, x.data<double>().ToArray());
        Assert.ThrowsExactly<ExternalException>(() => x.permute(0, 1, 1));
    }

    [TestMethod]
    public void View_NeedsElementsWithoutGaps_ReshapeCopiesWhereTheyAreNot()
    {
        Tensor x = torch.tensor([0.0, 1, 2, 3, 4, 5, 6, 7], [2, 2, 2]);
        // The last two dimensions still follow each other: they may be joined, and the first one cut.
        CollectionAssert.AreEqual(new long[] { 2, 1, 4 }, x.view(2, 1, 4).shape);
        Tensor turned = x.permute(2, 0, 1);
        CollectionAssert.AreEqual(new double[] { 0, 2, 4, 6, 1, 3, 5, 7 }, turned.view(2, 4).data<double>().ToArray());
        StringAssert.Contains(Assert.ThrowsExactly<ExternalException>(() => turned.view(4, 2)).Message, "reshape");
        CollectionAssert.AreEqual(new double[] { 0, 2, 4, 6, 1, 3, 5, 7 }, turned.reshape(4, 2).data<double>().ToArray());
        Assert.ThrowsExactly<ExternalException>(() => x.view(3, -1));
    }

    [TestMethod]
    public void Narrow_StaysWithinTheDimension()
    {
        Tensor x = torch.tensor([0.0, 1, 2, 3, 4, 5, 6]);
        CollectionAssert.AreEqual(new double[] { 4, 5 }, x.narrow(0, 4, 2).data<double>().ToArray());
        Assert.AreEqual(0, x.narrow(0, 5, 0).NumberOfElements);
        Assert.ThrowsExactly<ExternalException>(() => x.narrow(0, 5, 3));
    }

    [TestMethod]
    public void Results_KeepTheLayoutOfTheirOperand()
    {
        Tensor x = torch.ones([2, 4, 5, 3]).permute(0, 3, 1, 2);
        Assert.IsTrue((x * 2 + torch.ones([3, 1, 1])).permute(0, 2, 3, 1).is_contiguous());
        Assert.IsTrue(x.exp().bfloat16().clone().permute(0, 2, 3, 1).is_contiguous());
        Assert.IsTrue(x.contiguous().is_contiguous());
    }

    [TestMethod]
    public void Bytes_AreTheMemoryOfAContiguousTensor()
    {
        Tensor x = torch.zeros([2, 2]);
        MemoryMarshal.AsBytes<float>([1, 2, 3, 4]).CopyTo(x.bytes);
        CollectionAssert.AreEqual(new float[] { 3, 4 }, MemoryMarshal.Cast<byte, float>(x.narrow(0, 1, 1).bytes).ToArray());
        x.data<float>().CopyFrom([9f], tensorIndex: 3);
        Assert.AreEqual(9f, x.view(-1).narrow(0, 3, 1).item<float>());
        Assert.ThrowsExactly<InvalidOperationException>(() => x.transpose(0, 1).bytes.Clear());
        x.transpose(0, 1).data<float>().CopyFrom([5f, 6, 7, 8]);
        CollectionAssert.AreEqual(new float[] { 5, 7, 6, 8 }, x.data<float>().ToArray());
    }
}
