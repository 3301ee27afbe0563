using System.Collections.Immutable;
using ConvNeXt.Backbone.Engines;
using TorchSharp;

namespace ConvNeXt.Backbone.TorchSharp.Devices;

/// <summary>Converts device numbers to devices, or returns why they cannot be used.</summary>
internal static class DeviceChoice
{
    /// <summary>Returns why the devices of the options cannot be used; null if they can.</summary>
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
            return LibTorchDiagnosis.Explain(devices.LibraryFolders, gpu, FirstLine(e));
        }
    }

    /// <summary>Returns the devices of the options.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="EngineUnavailableException">The devices cannot be used; the message says why.</exception>
    public static ImmutableArray<torch.Device> Resolve(DeviceOptions options, ITorchDevices devices)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check.AtLeast(options.LargestPart, 1, nameof(options.LargestPart));
        Check.Defined(options.Precision, nameof(options.Precision));
        if (options.Precision == ComputePrecision.Int8)
            throw new ArgumentException("The TorchSharp engine has no Int8 precision; only the managed engine scores with it.");
        if (WhyUnavailable(options, devices) is { } reason) throw new EngineUnavailableException(reason);
        return options.DeviceIds.IsEmpty ? [torch.device(DeviceType.CPU)] : [.. options.DeviceIds.Select(devices.Gpu)];
    }

    private static string? WhyNotThese(ImmutableArray<int> wanted, int count)
    {
        if (count == 0)
        {
            return "There is no GPU that libtorch can use: either the app has a libtorch without CUDA (replace TorchSharp-cpu with TorchSharp-cuda-linux or "
                + "TorchSharp-cuda-windows), or the machine has no NVIDIA GPU or its driver is too old.";
        }

        var unknown = wanted.Where(number => number < 0 || number >= count).ToList();
        return unknown.Count == 0 ? null : $"There is no GPU {string.Join(", ", unknown)}: this machine has {count}, numbered from 0.";
    }

    // TorchSharp throws NotSupportedException if it cannot load libtorch; the runtime throws the others if a library is missing or has another version.
    private static bool IsMissingLibrary(Exception e) => e is NotSupportedException or DllNotFoundException or TypeInitializationException
        or FileNotFoundException or FileLoadException or BadImageFormatException or EntryPointNotFoundException or MissingMethodException;

    private static string FirstLine(Exception e)
    {
        string message = (e is TypeInitializationException { InnerException: { } inner } ? inner : e).Message;
        int end = message.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? message : message[..end];
    }
}
