using System.Collections.Immutable;
using ConvNeXt.Backbone.Engines;
using TorchSharp;

namespace ConvNeXt.Backbone.TorchSharp.Devices;

/// <summary>From device numbers to devices, or the reason why not.</summary>
internal static class DeviceChoice
{
    private const string Packages = "TorchSharp-cpu, TorchSharp-cuda-linux or TorchSharp-cuda-windows";

    /// <summary>Why the devices of the options cannot be used; null where they can.</summary>
    public static string? WhyUnavailable(DeviceOptions options, ITorchDevices devices)
    {
        bool gpu = options.DeviceIds.Length > 0;
        try
        {
            devices.Load(gpu);
            return gpu ? WhyNotThese(options.DeviceIds, devices.CountGpus()) : null;
        }
        catch (Exception e) when (IsMissingLibrary(e))
        {
            return $"libtorch, which TorchSharp computes with, could not be loaded: add a reference to one of the packages {(gpu ? "TorchSharp-cuda-linux or TorchSharp-cuda-windows" : Packages)} "
                + $"in the version of TorchSharp. ({FirstLine(e)})";
        }
    }

    /// <summary>The devices of the options.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="EngineUnavailableException">They cannot be used; the message says why.</exception>
    public static ImmutableArray<torch.Device> Resolve(DeviceOptions options, ITorchDevices devices)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.LargestPart, 1, nameof(options.LargestPart));
        if (!Enum.IsDefined(options.Precision)) throw new ArgumentOutOfRangeException(nameof(options), $"{nameof(options.Precision)} is {options.Precision}, which is none.");
        if (WhyUnavailable(options, devices) is { } reason) throw new EngineUnavailableException(reason);
        return options.DeviceIds.IsEmpty ? [torch.device(DeviceType.CPU)] : [.. options.DeviceIds.Select(devices.Gpu)];
    }

    private static string? WhyNotThese(ImmutableArray<int> wanted, int count)
    {
        if (count == 0)
        {
            return "There is no GPU that libtorch can use: either the app has a libtorch without CUDA (add TorchSharp-cuda-linux or TorchSharp-cuda-windows in place of "
                + "TorchSharp-cpu), or the machine has no NVIDIA GPU or no driver that is new enough.";
        }

        var unknown = wanted.Where(number => number < 0 || number >= count).ToList();
        return unknown.Count == 0 ? null : $"There is no GPU {string.Join(", ", unknown)}: this machine has {count}, numbered from 0.";
    }

    // TorchSharp itself throws NotSupportedException where it finds no libtorch; the rest is what the runtime throws for a library that is missing or of another version.
    private static bool IsMissingLibrary(Exception e) => e is NotSupportedException or DllNotFoundException or TypeInitializationException
        or FileNotFoundException or FileLoadException or BadImageFormatException or EntryPointNotFoundException or MissingMethodException;

    private static string FirstLine(Exception e)
    {
        string message = (e is TypeInitializationException { InnerException: { } inner } ? inner : e).Message;
        int end = message.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? message : message[..end];
    }
}
