using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Quantized;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Engines.Managed;

/// <summary>
/// Scores on the CPU with this project's SIMD kernels. Weights and workspaces are in native memory; a call with a batch and image size that was used before
/// allocates nothing. The result of an image is bit-identical in any batch and with any number of threads.
/// </summary>
public sealed class ManagedScoringEngine : IScoringEngine
{
    private readonly Network _network;
    private readonly BatchScorer _scorer;
    private readonly UsageGate _gate;

    /// <summary>Creates an engine with a copy of the weights.</summary>
    /// <param name="config">The network.</param>
    /// <param name="weights">All weights under their official names.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="WeightMismatchException">Weights are missing, unexpected, or of another shape; the message lists all of them.</exception>
    /// <exception cref="ArgumentException">An option names a layer that the network does not have.</exception>
    public ManagedScoringEngine(ConvNeXtConfig config, WeightSet weights, EngineOptions? options = null)
        : this(config, weights, options, SimdSupport.Best)
    {
    }

    /// <summary>
    /// Creates an engine with the weights of an open file. They are read tensor by tensor, so that they are in memory only once. The file can be closed
    /// afterwards.
    /// </summary>
    /// <param name="config">The network, such as <see cref="WeightFile.DetectConfig"/> returns it.</param>
    /// <param name="weights">The open file.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="WeightMismatchException">Weights are missing, unexpected, or of another shape; the message lists all of them.</exception>
    /// <exception cref="InvalidDataException">The values of a tensor cannot be read; the message names the tensor.</exception>
    public ManagedScoringEngine(ConvNeXtConfig config, WeightFile weights, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        weights.Require(config);
        (_network, _scorer) = Create(config, options, SimdSupport.Best, dot: null, parameters => parameters.Import(weights));
        _gate = new UsageGate(this);
    }

    internal ManagedScoringEngine(ConvNeXtConfig config, WeightSet weights, EngineOptions? options, SimdWidth simd, DotKind? dot = null)
    {
        WeightCheck.Require(config, weights);
        (_network, _scorer) = Create(config, options, simd, dot, parameters => parameters.Import(weights));
        _gate = new UsageGate(this);
    }

    /// <inheritdoc/>
    public ConvNeXtConfig Config => _network.Config;

    /// <inheritdoc/>
    public int FeatureCount => Config.FeatureCount;

    /// <summary>Bytes of native memory held by the weights and by the workspaces of earlier calls.</summary>
    public long WorkspaceBytes => _network.Parameters.Bytes + _network.QuantizedBytes + _scorer.Bytes;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A span is too short, or an image side is too small.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed before the call.</exception>
    public void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits)
    {
        using var pass = _gate.Enter();
        _scorer.Run(images, count, height, width, [], ResultSpan.Check(logits, count, Config.ClassCount, nameof(logits)));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A span is too short, or an image side is too small.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed before the call.</exception>
    public void Featurize(ReadOnlySpan<float> images, int count, int height, int width, Span<float> features)
    {
        using var pass = _gate.Enter();
        _scorer.Run(images, count, height, width, ResultSpan.Check(features, count, FeatureCount, nameof(features)), []);
    }

    /// <summary>The same, and the statistics of the stages before in the same pass (<see cref="StageStatistics"/>).</summary>
    internal void Featurize(ReadOnlySpan<float> images, int count, int height, int width, Span<float> features, Span<float> statistics)
    {
        using var pass = _gate.Enter();
        ResultSpan.Check(statistics, count, StageStatistics.Count(Config), nameof(statistics));
        _scorer.RunWithStatistics(images, count, height, width, ResultSpan.Check(features, count, FeatureCount, nameof(features)), statistics);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A span is too short, an image side is too small, or the stage does not exist.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed before the call.</exception>
    public void FeatureMap(ReadOnlySpan<float> images, int count, int height, int width, int stage, Span<float> map)
    {
        using var pass = _gate.Enter();
        var (mapHeight, mapWidth, channels) = FeatureMapShape(height, width, stage);
        _scorer.RunTo(stage, images, count, height, width, ResultSpan.Check(map, count, checked(mapHeight * mapWidth * channels), nameof(map)));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An image side is too small, or the stage does not exist.</exception>
    public (int Height, int Width, int Channels) FeatureMapShape(int height, int width, int stage) => Config.FeatureMapShape(height, width, stage);

    /// <summary>Waits for the calls in progress, then frees the native memory. Later calls throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        if (!_gate.Close()) return;
        _scorer.Dispose();
        _network.Dispose();
    }

    /// <summary>
    /// Begins to compile the kernels that such an engine will use, on another thread, for an app that has to read the weights first. Creating an engine begins
    /// it as well.
    /// </summary>
    internal static void WarmUp(ConvNeXtConfig config, ComputePrecision precision)
    {
        SimdWidth simd = SimdSupport.Best;
        KernelWarmUp.Begin(new(config.GlobalResponseNorm, simd, precision == ComputePrecision.Int8 ? DotSupport.Best(simd) : null));
    }

    /// <summary>Allocates the memory for batches of this size, so that <see cref="WorkspaceBytes"/> includes it.</summary>
    internal void Prepare(int count, int height, int width)
    {
        using var pass = _gate.Enter();
        _scorer.Prepare(count, height, width);
    }

    /// <summary>Adds up, for each block, what rounding to 8 bits changes on these images.</summary>
    internal void MeasureQuantization(ReadOnlySpan<float> images, int count, int height, int width, Span<BlockError> errors)
    {
        using var pass = _gate.Enter();
        _scorer.MeasureQuantization(images, count, height, width, errors);
    }

    private static (Network Network, BatchScorer Scorer) Create(
        ConvNeXtConfig config, EngineOptions? options, SimdWidth simd, DotKind? dot, Action<NetworkParameters> import)
    {
        DotKind? ofProducts = options?.Precision == ComputePrecision.Int8 ? dot ?? DotSupport.Best(simd) : null;
        KernelWarmUp.Begin(new(config.GlobalResponseNorm, simd, ofProducts));
        HashSet<string> single = options is { SingleLayers.IsDefaultOrEmpty: false } ? CheckLayers(config, options.SingleLayers) : [];
        var team = new WorkerTeam(options?.ThreadCount);
        Network network = Network.Create(config, forTraining: false, simd);
        try
        {
            import(network.Parameters);
            network.Fold(team);
            if (ofProducts is { } kind) network.Quantize(team, kind, single);
            return (network, new BatchScorer(network, team));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static HashSet<string> CheckLayers(ConvNeXtConfig config, IReadOnlyCollection<string> names)
    {
        var known = new HashSet<string>(Network.QuantizedLayerNames(config), StringComparer.Ordinal);
        if (names.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw new ArgumentException(
                $"{nameof(EngineOptions.SingleLayers)} contains '{unknown}', but the network has only these layers with 8-bit products: "
                + $"{string.Join(", ", known)}.");
        }

        return new HashSet<string>(names, StringComparer.Ordinal);
    }
}

/// <summary>Checks result spans of a batch, which have one row per image.</summary>
internal static class ResultSpan
{
    /// <summary>Returns the span if it is long enough.</summary>
    public static Span<float> Check(Span<float> values, int count, int each, string name) =>
        values.Length >= (long)count * each
            ? values
            : throw new ArgumentException($"{count} image(s) have {(long)count * each} results, {each} each, but there is room for {values.Length}.", name);
}
