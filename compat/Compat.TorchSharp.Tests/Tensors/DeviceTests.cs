using System.Runtime.InteropServices;
using TorchSharp;

namespace Compat.TorchSharp.Tests.Tensors;

[TestClass]
public class DeviceTests
{
    [TestMethod]
    public void ThereIsACpu_AndNoCuda()
    {
        Assert.IsFalse(torch.cuda.is_available());
        Assert.AreEqual(0, torch.cuda.device_count());
        Assert.AreEqual(DeviceType.CPU, torch.zeros([1], device: torch.CPU).device.type);
        Assert.AreEqual("cpu", torch.device("cpu").ToString());
        Assert.ThrowsExactly<InvalidOperationException>(() => torch.device("cuda:1"));
        Assert.ThrowsExactly<InvalidOperationException>(() => torch.zeros([1]).to(new torch.Device("cuda:1")));
        Assert.ThrowsExactly<ExternalException>(() => torch.zeros([1]).pin_memory());
    }

    [TestMethod]
    public void ADevice_IsATypeAndAnIndex()
    {
        var device = new torch.Device("cuda:1");
        Assert.AreEqual((DeviceType.CUDA, 1, "cuda:1"), (device.type, device.index, device.ToString()));
        Assert.AreEqual(-1, new torch.Device(DeviceType.CUDA).index);
        Assert.ThrowsExactly<ArgumentException>(() => new torch.Device("gpu"));
    }
}
