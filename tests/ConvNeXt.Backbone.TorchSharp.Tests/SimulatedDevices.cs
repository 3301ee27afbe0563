using System.Runtime.InteropServices;
using ConvNeXt.Backbone.TorchSharp.Devices;
using TorchSharp;

namespace ConvNeXt.Tests;

/// <summary>A machine with as many GPUs as a test wants, which all compute on the processor.</summary>
internal sealed class SimulatedDevices : ITorchDevices
{
    private int _running;

    /// <summary>What loading libtorch throws.</summary>
    public Exception? LoadFailure { get; init; }

    /// <summary>Where libtorch is searched after that; by default nowhere.</summary>
    public IReadOnlyList<string> LibraryFolders { get; init; } = [];

    public int Gpus { get; init; }

    /// <summary>Largest number of images for which there is memory.</summary>
    public int FittingImages { get; set; } = int.MaxValue;

    /// <summary>What the devices multiply their results by; 1 where they compute rightly.</summary>
    public float Error { get; init; } = 1;

    /// <summary>Called while a device computes.</summary>
    public Action? WhileComputing { get; set; }

    /// <summary>Numbers of images that were computed at once, those included that did not fit.</summary>
    public List<int> Parts { get; } = [];

    public int MostAtOnce { get; private set; }

    public void Load(bool cuda)
    {
        if (LoadFailure is not null) throw LoadFailure;
    }

    public int CountGpus() => Gpus;

    public torch.Device Gpu(int number) => torch.device(DeviceType.CPU);

    public void Computing(int images)
    {
        lock (Parts)
        {
            Parts.Add(images);
            MostAtOnce = Math.Max(MostAtOnce, ++_running);
        }

        WhileComputing?.Invoke();
        lock (Parts) _running--;
        if (images > FittingImages) throw new ExternalException("CUDA out of memory. Tried to allocate 2.00 GiB");
    }

    public torch.Tensor Computed(torch.Tensor result) => Error == 1 ? result : result.mul(Error);
}
