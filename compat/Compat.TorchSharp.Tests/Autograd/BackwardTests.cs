using System.Runtime.InteropServices;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Compat.TorchSharp.Tests.Autograd;

[TestClass]
public class BackwardTests
{
    [TestMethod]
    public void Gradients_AddUp_UntilTheyAreCleared()
    {
        Tensor x = Leaf(3);
        x.square().sum().backward();
        x.square().sum().backward();
        Assert.AreEqual(12, x.grad!.item<double>());
        x.grad = null;
        Assert.IsNull(x.grad);
        x.square().sum().backward();
        Assert.AreEqual(6, x.grad!.item<double>());
    }

    [TestMethod]
    public void SecondPass_ThroughTheSameResult_IsRefused()
    {
        Tensor y = Leaf(2).exp().sum();
        y.backward();
        StringAssert.Contains(Refused(y.backward), "second backward pass");
    }

    [TestMethod]
    public void OnlyANumber_HasAnImpliedGradient()
    {
        Refused((Leaf(1, 2) * 2).backward);
        StringAssert.Contains(Refused(torch.ones([]).backward), "does not require gradients");
    }

    [TestMethod]
    public void Grad_GivesGradientsOfChosenTensors_AndTouchesNoLeaf()
    {
        Tensor x = Leaf(2), y = Leaf(5), z = x * y, w = z.square();
        IList<Tensor> found = torch.autograd.grad([w.sum()], [x, z, y]);
        Assert.AreEqual(2 * 10 * 5, found[0].item<double>());
        Assert.AreEqual(2 * 10, found[1].item<double>());
        Assert.AreEqual(2 * 10 * 2, found[2].item<double>());
        Assert.IsNull(x.grad);
    }

    [TestMethod]
    public void Grad_OfAnUnusedInput_IsRefused_UnlessAllowed()
    {
        Tensor x = Leaf(2), unused = Leaf(3);
        Tensor y = x.square().sum();
        StringAssert.Contains(Refused(() => torch.autograd.grad([y], [x, unused], retain_graph: true)), "allow_unused");
        IList<Tensor> found = torch.autograd.grad([y], [x, unused], allow_unused: true);
        Assert.AreEqual(4, found[0].item<double>());
        Assert.IsTrue(found[1] is null);
    }

    [TestMethod]
    public void Grad_WeighsSeveralOutputs()
    {
        Tensor x = Leaf(2, 3);
        IList<Tensor> found = torch.autograd.grad([x * 2, x.sum()], [x], [torch.tensor([1.0, 10]), torch.ones([], torch.float64)]);
        CollectionAssert.AreEqual(new double[] { 3, 21 }, found[0].data<double>().ToArray());
    }

    [TestMethod]
    public void NothingIsRecorded_UnderNoGrad_OrInInferenceMode()
    {
        Tensor x = Leaf(2);
        using (torch.no_grad())
        {
            Assert.IsFalse((x * 2).requires_grad);
            using (torch.enable_grad()) Assert.IsTrue((x * 2).requires_grad);
            Assert.IsFalse(torch.is_grad_enabled());
        }
        Assert.IsTrue((x * 2).requires_grad);
        Assert.IsFalse(x.detach().requires_grad);
        Tensor inferred;
        using (torch.inference_mode()) inferred = x * 2;
        StringAssert.Contains(Refused(() => inferred.mul(x)), "inference mode");
        Refused(() => inferred.add_(1));
    }

    [TestMethod]
    public void Modes_AreOfTheThread()
    {
        using IDisposable off = torch.no_grad();
        bool elsewhere = false;
        var thread = new Thread(() => elsewhere = torch.is_grad_enabled());
        thread.Start();
        thread.Join();
        Assert.IsTrue(elsewhere);
    }

    [TestMethod]
    public void AValueThatTheGradientNeeds_MayNotBeOverwritten()
    {
        Tensor x = Leaf(2), y = x * 3, z = y.square();
        y.add_(1);
        StringAssert.Contains(Refused(z.sum().backward), "in place");
    }

    [TestMethod]
    public void ALeaf_IsOnlyChangedInPlace_UnderNoGrad()
    {
        Tensor x = Leaf(2);
        StringAssert.Contains(Refused(() => x.add_(1)), "no_grad");
        using (torch.no_grad()) x.add_(1);
        Assert.AreEqual(3, x.item<double>());
        Assert.IsTrue(x.is_leaf && x.requires_grad);
        StringAssert.Contains(Refused(() => (x * 1).view(1).add_(x)), "views");
    }

    [TestMethod]
    public void Gradients_HaveTheTypeOfTheirLeaf()
    {
        Tensor x = torch.tensor([1f, 2f]).bfloat16().requires_grad_();
        (x.@float() * 3).sum().backward();
        Assert.AreEqual(torch.bfloat16, x.grad!.dtype);
    }

    [TestMethod]
    public void DisposedHandles_DoNotHurtTheGradient()
    {
        Tensor x = Leaf(2), result;
        using (torch.NewDisposeScope()) result = x.exp().square().sum().MoveToOuterDisposeScope();
        result.backward();
        Assert.AreEqual(2 * Math.Exp(4), x.grad!.item<double>(), 1e-12);
    }

    private static Tensor Leaf(params double[] values) => torch.tensor(values).requires_grad_();

    private static string Refused(Action action) => Assert.ThrowsExactly<ExternalException>(action).Message;
}
