using System.Runtime.InteropServices;
using TorchSharp;

namespace ConvNeXt.Backbone.TorchSharp.Devices;

/// <summary>What this assembly asks of libtorch and of the GPUs before and around computing; in tests, machines that are not there.</summary>
internal interface ITorchDevices
{
    /// <summary>Loads libtorch, with CUDA where that is asked for.</summary>
    /// <exception cref="NotSupportedException">It is not there (what TorchSharp throws).</exception>
    void Load(bool cuda);

    /// <summary>Number of GPUs that can be used; 0 where this libtorch has no CUDA or there is no driver.</summary>
    int CountGpus();

    /// <summary>The device of a GPU by number.</summary>
    torch.Device Gpu(int number);

    /// <summary>Called before a device computes a number of images.</summary>
    /// <exception cref="ExternalException">What libtorch throws where memory runs out.</exception>
    void Computing(int images);

    /// <summary>Called with the logits or features that a device computed.</summary>
    torch.Tensor Computed(torch.Tensor result);
}

/// <summary>The devices of this machine.</summary>
internal sealed class TorchDevices : ITorchDevices
{
    /// <summary>The devices of this machine.</summary>
    public static TorchDevices Instance { get; } = new();

    /// <inheritdoc/>
    public void Load(bool cuda)
    {
        torch.InitializeDeviceType(DeviceType.CPU);
        if (cuda) torch.cuda.is_available();
    }

    /// <inheritdoc/>
    public int CountGpus() => torch.cuda.is_available() ? torch.cuda.device_count() : 0;

    /// <inheritdoc/>
    public torch.Device Gpu(int number) => torch.device(DeviceType.CUDA, number);

    /// <inheritdoc/>
    public void Computing(int images)
    {
    }

    /// <inheritdoc/>
    public torch.Tensor Computed(torch.Tensor result) => result;
}
