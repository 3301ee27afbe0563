using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using static System.FormattableString;

namespace ConvNeXt.Backbone.TorchSharp.Devices;

/// <summary>
/// Number of images that a device computes at once. TorchSharp does not expose the memory of a GPU, so it is found by trying: if memory runs out, the part is
/// halved, and the number that fits is remembered for the image size.
/// </summary>
internal sealed class MemoryLimit(int largest, string device)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(int Height, int Width), int> _fitting = [];

    /// <summary>Returns the number of images of a size to compute at once.</summary>
    public int PartOf(int height, int width)
    {
        lock (_lock) return _fitting.GetValueOrDefault((height, width), largest);
    }

    /// <summary>Records that a part did not fit and returns the next size to try.</summary>
    /// <exception cref="DeviceMemoryException">Not even one image fits.</exception>
    public int Halve(int images, int batch, int height, int width, Exception exception)
    {
        if (images <= 1)
        {
            throw new DeviceMemoryException(
                $"{Describe(batch, height, width)} does not fit in the memory of {device}, and not even a single image fits. "
                + "Use smaller images, a smaller network or a lower precision, or free memory on the device.",
                batch, null, exception);
        }

        int half = images / 2;
        lock (_lock) _fitting[(height, width)] = half;
        return half;
    }

    /// <summary>Creates the exception for a batch that must not be split and does not fit.</summary>
    public DeviceMemoryException TooLarge(int batch, int fitting, int height, int width, Exception exception) => new(
        $"{Describe(batch, height, width)} does not fit in the memory of {device}; {fitting} of them fit. "
        + $"Use batches of {fitting} (gradient accumulation gives the same result), or let the engine split batches "
        + $"({nameof(DeviceOptions.SplitTrainingBatches)}).",
        batch, fitting, exception);

    /// <summary>Creates the exception for a network that does not fit by itself.</summary>
    public static EngineUnavailableException NetworkTooLarge(ConvNeXtConfig config, string device, Exception exception) => new(
        Invariant($"{config.Name} ({NetworkCost.Parameters(config):N0} parameters) does not fit in the memory of {device}. ")
        + "Use a smaller network, or free memory on the device.",
        exception);

    /// <summary>Whether an exception means that the device's memory ran out. TorchSharp has no exception type for it.</summary>
    public static bool IsOutOfMemory(Exception e) => e is ExternalException && e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase);

    private static string Describe(int batch, int height, int width) => $"A batch of {batch} image(s) of {height} x {width}";
}
