using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using static System.FormattableString;

namespace ConvNeXt.Backbone.TorchSharp.Devices;

/// <summary>
/// How many images a device computes at once. libtorch says nothing of a GPU's memory through TorchSharp, so it is found by trying: where memory runs out the
/// part is halved, and the size that fits is remembered for the images' size.
/// </summary>
internal sealed class MemoryLimit(int largest, string device)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(int Height, int Width), int> _fitting = [];

    /// <summary>Images of a size to compute at once.</summary>
    public int PartOf(int height, int width)
    {
        lock (_lock) return _fitting.GetValueOrDefault((height, width), largest);
    }

    /// <summary>Remembers that a part did not fit; the next one to try.</summary>
    /// <exception cref="DeviceMemoryException">Not even one image fits.</exception>
    public int Halve(int images, int batch, int height, int width, Exception exception)
    {
        if (images <= 1)
        {
            throw new DeviceMemoryException(
                $"{Describe(batch, height, width)} does not fit in the memory of {device}, nor does a single image of it: take smaller images, a smaller network, a lower precision, or free memory of the device.",
                batch, null, exception);
        }

        int half = images / 2;
        lock (_lock) _fitting[(height, width)] = half;
        return half;
    }

    /// <summary>A batch that must be computed at once does not fit.</summary>
    public DeviceMemoryException TooLarge(int batch, int fitting, int height, int width, Exception exception) => new(
        $"{Describe(batch, height, width)} does not fit in the memory of {device}; {fitting} of them fit. Take a batch of that size (with gradient accumulation the result is the same), or let the "
        + $"engine split batches ({nameof(DeviceOptions.SplitTrainingBatches)}).",
        batch, fitting, exception);

    /// <summary>The network alone does not fit.</summary>
    public static EngineUnavailableException NetworkTooLarge(ConvNeXtConfig config, string device, Exception exception) => new(
        Invariant($"{config.Name}, {NetworkCost.Parameters(config):N0} parameters, does not fit in the memory of {device}: ")
        + "take a smaller network, or free memory of the device.",
        exception);

    /// <summary>Whether an exception says that the device's memory has run out. libtorch has no type for it that TorchSharp would hand on.</summary>
    public static bool IsOutOfMemory(Exception e) => e is ExternalException && e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase);

    private static string Describe(int batch, int height, int width) => $"A batch of {batch} image(s) of {height} x {width}";
}
