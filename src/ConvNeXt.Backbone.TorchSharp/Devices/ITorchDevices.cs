using System.Runtime.InteropServices;
using TorchSharp;

namespace ConvNeXt.Backbone.TorchSharp.Devices;

/// <summary>Access to libtorch and the GPUs, before and around computations. Tests replace it to simulate devices.</summary>
internal interface ITorchDevices
{
    /// <summary>The folders in which libtorch can be, for the error message if it does not load.</summary>
    IReadOnlyList<string> LibraryFolders { get; }

    /// <summary>Loads libtorch, with CUDA if requested.</summary>
    /// <exception cref="NotSupportedException">libtorch was not found (thrown by TorchSharp).</exception>
    void Load(bool cuda);

    /// <summary>Returns the number of usable GPUs; 0 if this libtorch has no CUDA or there is no driver.</summary>
    int CountGpus();

    /// <summary>Returns the device of a GPU by number.</summary>
    torch.Device Gpu(int number);

    /// <summary>Called before a device computes the given number of images.</summary>
    /// <exception cref="ExternalException">Thrown by libtorch if memory runs out.</exception>
    void Computing(int images);

    /// <summary>Called with the logits or features that a device computed; returns the values to use.</summary>
    torch.Tensor Computed(torch.Tensor result);
}

/// <summary>The devices of this machine.</summary>
internal sealed class TorchDevices : ITorchDevices
{
    /// <summary>The devices of this machine.</summary>
    public static TorchDevices Instance { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<string> LibraryFolders => LibTorchDiagnosis.ApplicationFolders;

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
