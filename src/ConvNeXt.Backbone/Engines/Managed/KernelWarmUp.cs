using System.Collections.Concurrent;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Quantized;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Engines.Managed;

/// <summary>
/// Has the JIT compile the kernels of a scoring pass on another thread while weights are read, by a pass through a narrow network. They take most of the time of
/// a first pass.
/// </summary>
internal static class KernelWarmUp
{
    private const int Channels = 16, Side = 64;

    private static readonly ConcurrentDictionary<Kernels, bool> _begun = new();

    /// <summary>What the kernels of a network depend on.</summary>
    /// <param name="HasResponseNorm">Whether it is a V2 network.</param>
    /// <param name="Simd">Its vectors.</param>
    /// <param name="Dot">Its instructions for products of 8-bit integers; null for float32.</param>
    public readonly record struct Kernels(bool HasResponseNorm, SimdWidth Simd, DotKind? Dot);

    /// <summary>Begins to compile, once in a process for the same kernels, and returns at once. Does nothing on a single core.</summary>
    public static void Begin(Kernels kernels)
    {
        if (Environment.ProcessorCount > 1 && _begun.TryAdd(kernels, true)) ThreadPool.UnsafeQueueUserWorkItem(TryRun, kernels, preferLocal: false);
    }

    /// <summary>The pass through the narrow network, on the calling thread.</summary>
    public static unsafe void Run(Kernels kernels)
    {
        var config = new ConvNeXtConfig
        {
            Depths = [1, 1, 1, 1],
            Widths = [Channels, Channels, Channels, Channels],
            ClassCount = 2,
            GlobalResponseNorm = kernels.HasResponseNorm,
        };
        var team = new WorkerTeam(1);
        using Network network = Network.Create(config, forTraining: false, kernels.Simd);
        network.Fold(team);
        if (kernels.Dot is { } dot) network.Quantize(team, dot, new HashSet<string>());
        using var workspace = new ScoringWorkspace(team, network.MeasureScoring(team, 1, Side, Side));
        float[] image = new float[3 * Side * Side], logits = new float[config.ClassCount];
        fixed (float* source = image, target = logits) network.Score(workspace, source, 1, Side, Side, new ScoringResults { Logits = target });
    }

    private static void TryRun(Kernels kernels)
    {
        try
        {
            Run(kernels);
        }
        catch (OutOfMemoryException)
        {
            // The first pass compiles what is missing.
        }
    }
}
